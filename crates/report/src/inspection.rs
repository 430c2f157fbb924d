//! The pack of an inspection as a PDF: clause by clause with its evidence, what will lapse, who does what, cases by year.

use records::norms::inspection::{Inspection, Line, Member, Shown};
use records::norms::{Sentence, State};

use crate::Language;
use crate::number::short_hash;
use crate::pdf::marks::Mark;
use crate::pdf::page::Pen;
use crate::pdf::sheet::{Align, Look, Sheet};
use crate::pdf::style::{BODY, BOTTOM, INK, LEAD, MARGIN, MUTED, RULE, SMALL, TINY, TITLE, WIDTH};
use crate::pdf::table::{Cell, Column, Table};
use crate::pdf::write::{About, write};
use crate::pdf::{Library, Shaper};
use crate::terms::{fill, term};
use crate::verification::{Fonts, Moment, ReportError};

/// What is printed around the findings.
#[derive(Debug, Clone)]
pub struct Around<'a> {
    /// names of forms in the chosen language, by their key
    pub form: &'a dyn FormName,
    /// name and version of the program
    pub software: String,
    /// when it was made
    pub generated: Moment,
    /// the ledger's last entry, `SEQ:HASH`
    pub head: String,
}

/// Gives a form's name in a language.
pub trait FormName: std::fmt::Debug {
    /// Of the form with this key.
    fn name(&self, form: &str, language: Language) -> String;
}

/// The pack as a PDF/A-2u file: the same bytes for the same input and fonts.
///
/// # Errors
/// When the file cannot be written.
pub fn pdf(
    inspections: &[Inspection],
    around: &Around<'_>,
    language: Language,
    fonts: &Fonts,
) -> Result<Vec<u8>, ReportError> {
    let library = Library::new(fonts);
    let shaper = Shaper::new(fonts, &library, language);
    let mut sheet = Sheet::new(&shaper, language);
    let hospital = inspections.first().map(|one| one.hospital_name.clone()).unwrap_or_default();
    title(&mut sheet, inspections, &hospital);
    for inspection in inspections {
        norm(&mut sheet, inspection, around);
    }
    frame(&mut sheet, &hospital, around);
    let about = About {
        title: format!("{} · {hospital}", term("inspection.title", language)),
        subject: term("inspection.title", language).to_owned(),
        creator: around.software.clone(),
        language,
        created: around.generated,
        keywords: inspections.iter().map(|one| format!("{} {}", one.stamp.pack, one.stamp.digest)).collect(),
    };
    write(&sheet.pages, &about, fonts)
}

fn said(sentence: &Sentence, language: Language) -> &str {
    if language == Language::Chinese { &sentence.zh } else { &sentence.en }
}

fn title(sheet: &mut Sheet<'_, '_>, inspections: &[Inspection], hospital: &str) {
    let look = Look::strong(TITLE, INK);
    let y = sheet.y;
    sheet.text([MARGIN, y + look.drop()], Align::Left, sheet.term("inspection.title"), look);
    sheet.skip(look.leading());
    sheet.paragraph(hospital, Look::strong(LEAD, INK));
    if let Some(first) = inspections.first() {
        let day = fill("inspection.as_of", sheet.language, &[("day", &first.day.to_string())]);
        sheet.paragraph(&day, Look::new(BODY, MUTED));
    }
    sheet.skip(6.0);
    let columns = ["norm", "met", "not_met", "no_evidence", "not_applicable"];
    let columns = columns.iter().enumerate().map(|(at, key)| {
        let title = sheet.term(&format!("inspection.{key}"));
        if at == 0 { Column::left(title, 5.0) } else { Column::right(title, 1.2) }
    });
    let table = Table::new(columns.collect(), BODY, WIDTH);
    let rows: Vec<Vec<Cell>> = inspections
        .iter()
        .map(|one| {
            let count = |n: u32| Cell::text(n.to_string());
            let sums = one.summary;
            vec![
                Cell::text(said(&one.title, sheet.language)),
                count(sums.met),
                count(sums.not_met),
                count(sums.no_evidence),
                count(sums.not_applicable),
            ]
        })
        .collect();
    table.draw(sheet, &rows);
}

fn norm(sheet: &mut Sheet<'_, '_>, one: &Inspection, around: &Around<'_>) {
    sheet.new_page();
    let look = Look::strong(LEAD, INK);
    sheet.paragraph(said(&one.title, sheet.language), look);
    let stamp = fill(
        "inspection.stamp",
        sheet.language,
        &[
            ("pack", &one.stamp.pack),
            ("edition", &one.stamp.edition.to_string()),
            ("digest", &short_hash(&one.stamp.digest.to_string(), 16)),
            ("from", &one.period.from.to_string()),
            ("to", &one.period.to.to_string()),
        ],
    );
    sheet.paragraph(&stamp, Look::new(SMALL, MUTED));
    clauses(sheet, one, around);
    lapsing(sheet, one);
    people(sheet, one);
    years(sheet, one);
    if !one.left_out.is_empty() {
        sheet.heading("inspection.left_out", 40.0);
        let columns = [("inspection.clause", 1.0), ("inspection.text", 4.0), ("inspection.reason", 5.0)];
        let columns = columns.map(|(key, share)| Column::left(sheet.term(key), share)).to_vec();
        let rows: Vec<Vec<Cell>> = one
            .left_out
            .iter()
            .map(|left| {
                let why = if sheet.language == Language::Chinese { &left.zh } else { &left.en };
                vec![Cell::text(left.clause.as_str()), Cell::text(left.text.as_str()), Cell::text(why.as_str())]
            })
            .collect();
        Table::new(columns, SMALL, WIDTH).draw(sheet, &rows);
    }
}

/// Mark and term of a state.
fn state(state: State) -> (Mark, &'static str) {
    match state {
        State::Met => (Mark::Tick, "inspection.met"),
        State::NotMet => (Mark::Cross, "inspection.not_met"),
        State::NoEvidence => (Mark::Open, "inspection.no_evidence"),
        State::NotApplicable => (Mark::Dash, "inspection.not_applicable"),
    }
}

fn clauses(sheet: &mut Sheet<'_, '_>, one: &Inspection, around: &Around<'_>) {
    sheet.heading("inspection.clauses", 60.0);
    let columns = [
        ("inspection.clause", 1.1),
        ("inspection.text", 3.6),
        ("inspection.state", 1.3),
        ("inspection.found", 3.8),
        ("inspection.evidence", 2.6),
    ];
    let columns = columns.map(|(key, share)| Column::left(sheet.term(key), share)).to_vec();
    let mut table = Table::new(columns, SMALL, WIDTH);
    table.most_lines = 14;
    let mut rows = Vec::new();
    for clause in &one.clauses {
        for (at, line) in clause.lines.iter().enumerate() {
            rows.push(row(sheet, if at == 0 { &clause.path } else { "" }, line, around));
        }
    }
    table.draw(sheet, &rows);
}

fn row(sheet: &Sheet<'_, '_>, clause: &str, line: &Line, around: &Around<'_>) -> Vec<Cell> {
    let (mark, key) = state(line.finding.state);
    let mut text = said(&line.text, sheet.language).to_owned();
    if line.ours.is_some() {
        text += sheet.term("inspection.ours");
    }
    let mut found = said(&line.finding.says, sheet.language).to_owned();
    if let Some(lapse) = &line.finding.lapses {
        let day = lapse.day.to_string();
        found +=
            &fill("inspection.lapses", sheet.language, &[("day", &day), ("why", said(&lapse.says, sheet.language))]);
    }
    let shown: Vec<String> = line.shown.iter().take(4).map(|one| evidence(one, around, sheet.language)).collect();
    let mut shown = shown.join("；");
    if line.shown.len() > 4 {
        shown += &fill("inspection.more", sheet.language, &[("n", &(line.shown.len() - 4).to_string())]);
    }
    vec![
        Cell::text(clause),
        Cell::text(text),
        Cell::text(sheet.term(key)).mark(mark),
        Cell::text(found),
        Cell::text(shown),
    ]
}

fn evidence(one: &Shown, around: &Around<'_>, language: Language) -> String {
    let until = one.until.map(|until| format!("–{until}")).unwrap_or_default();
    let parts = [Some(around.form.name(&one.form, language)), one.person.clone(), Some(one.name.clone())];
    let name: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    format!("{} {}{until}", name.join(" "), one.day)
}

fn lapsing(sheet: &mut Sheet<'_, '_>, one: &Inspection) {
    sheet.heading("inspection.lapsing", 40.0);
    if one.lapsing.is_empty() {
        sheet.paragraph(sheet.term("inspection.nothing_lapses"), Look::new(BODY, MUTED));
        return;
    }
    let columns =
        [("inspection.day", 1.2), ("inspection.what", 7.0)].map(|(key, share)| Column::left(sheet.term(key), share));
    let rows: Vec<Vec<Cell>> = one
        .lapsing
        .iter()
        .map(|lapsing| vec![Cell::text(lapsing.day.to_string()), Cell::text(said(&lapsing.says, sheet.language))])
        .collect();
    Table::new(columns.to_vec(), SMALL, WIDTH).draw(sheet, &rows);
}

fn people(sheet: &mut Sheet<'_, '_>, one: &Inspection) {
    sheet.heading("inspection.people", 60.0);
    let columns = vec![
        Column::left(sheet.term("inspection.name"), 1.6),
        Column::left(sheet.term("inspection.profession"), 1.4),
        Column::right(sheet.term("inspection.cases"), 1.0),
        Column::left(sheet.term("inspection.qualified"), 6.0),
    ];
    let rows: Vec<Vec<Cell>> = one.people.iter().map(|member| person(sheet, member)).collect();
    let mut table = Table::new(columns, SMALL, WIDTH);
    table.most_lines = 12;
    table.draw(sheet, &rows);
}

fn person(sheet: &Sheet<'_, '_>, member: &Member) -> Vec<Cell> {
    let missing: Vec<&str> = member
        .roles
        .iter()
        .filter(|role| !role.qualified())
        .flat_map(|role| role.missing(&[]))
        .map(|reason| said(&reason.says, sheet.language))
        .collect();
    let any = member.roles.iter().any(records::norms::qualified::Qualification::qualified);
    let (mark, text) = match (member.roles.is_empty(), any) {
        (true, _) => (Mark::Dash, String::new()),
        (false, true) => (Mark::Tick, sheet.term("inspection.yes").to_owned()),
        (false, false) => (Mark::Cross, missing.join("；")),
    };
    vec![
        Cell::text(member.name.as_str()),
        Cell::text(sheet.term(&format!("inspection.{}", member.profession.name()))),
        Cell::text(member.cases.to_string()),
        Cell::text(text).mark(mark),
    ]
}

fn years(sheet: &mut Sheet<'_, '_>, one: &Inspection) {
    if one.years.is_empty() {
        return;
    }
    sheet.heading("inspection.years", 40.0);
    let columns = vec![
        Column::left(sheet.term("inspection.year"), 1.0),
        Column::right(sheet.term("inspection.cases"), 1.0),
        Column::right(sheet.term("inspection.patients"), 1.0),
    ];
    let rows: Vec<Vec<Cell>> = one
        .years
        .iter()
        .map(|year| [year.year.clone(), year.cases.to_string(), year.patients.to_string()].map(Cell::text).to_vec())
        .collect();
    Table::new(columns, SMALL, WIDTH * 0.5).draw(sheet, &rows);
}

/// Header and footer of every page, now that their number is known.
fn frame(sheet: &mut Sheet<'_, '_>, hospital: &str, around: &Around<'_>) {
    let pages = std::mem::take(&mut sheet.pages);
    let count = pages.len().to_string();
    let (look, foot) = (Look::new(SMALL, MUTED), Look::new(TINY, MUTED));
    let mut done = Vec::with_capacity(pages.len());
    for (at, page) in pages.into_iter().enumerate() {
        sheet.pages.push(page);
        let number = fill("page.number", sheet.language, &[("n", &(at + 1).to_string()), ("m", &count)]);
        let head = format!("{} · {hospital}", sheet.term("inspection.title"));
        sheet.text([MARGIN, 36.0], Align::Left, &head, look);
        sheet.text([MARGIN + WIDTH, 36.0], Align::Right, &number, look);
        sheet.page().line([MARGIN, 42.0], [MARGIN + WIDTH, 42.0], Pen::new(RULE, 0.5));
        let top = BOTTOM + 10.0;
        sheet.page().line([MARGIN, top], [MARGIN + WIDTH, top], Pen::new(RULE, 0.5));
        let ledger = fill("inspection.head", sheet.language, &[("head", &short_hash(&around.head, 24))]);
        sheet.text([MARGIN + WIDTH, top + 3.0 + foot.drop()], Align::Right, &ledger, foot);
        sheet.text([MARGIN, top + 3.0 + foot.drop()], Align::Left, &around.software, foot);
        let disclaimer = sheet.wrap(sheet.term("report.disclaimer"), WIDTH, foot, 2);
        sheet.lines(MARGIN, top + 3.0 + foot.leading(), Align::Left, disclaimer, foot);
        done.append(&mut sheet.pages);
    }
    sheet.pages = done;
}
