//! A first mapping, from headers that are like our labels. A person checks it: likeness is no proof.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use records::forms::{FieldKind, Forms};
use records::{Kind, Technique};
use serde::Deserialize;

use super::mapping::{Assigned, DateOrder, Mapping, Target};
use super::read::{Raw, Sheet};
use super::value::even;

/// Headers less alike than this are not proposed.
const LEAST_LIKENESS: f64 = 0.6;
/// Among how many rows the headers are looked for.
const FIRST_ROWS: usize = 20;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "title")]
    _title: String,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "version")]
    _version: String,
    header: Vec<Header>,
    unit: Vec<Unit>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    to: Target,
    names: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unit {
    from: String,
    to: String,
    factor: f64,
    nuclide: Option<String>,
}

static KNOWN: LazyLock<File> = LazyLock::new(|| {
    // a test reads it and finds every target
    toml::from_str(include_str!("../../../../data/exchange/import.toml")).unwrap_or_default()
});

/// A name that a target may be called by, evened out.
struct Name {
    target: Target,
    even: String,
    pairs: BTreeSet<(char, char)>,
}

fn names(forms: &Forms, technique: Technique) -> Vec<Name> {
    let mut all: Vec<(Target, String)> = Vec::new();
    for header in &KNOWN.header {
        all.extend(header.names.iter().map(|name| (header.to.clone(), name.clone())));
    }
    for form in forms.of_case(technique).filter(|form| form.about.contains(&Kind::Case)) {
        for field in form.fields.iter().filter(|field| field.fits(technique) && !field.retired) {
            let target = Target::Form(form.name.clone(), field.name.clone());
            let (zh, en) = (&field.label.zh, &field.label.en);
            let with_title = [format!("{}{zh}", form.label.zh), format!("{} {en}", form.label.en)];
            // what a label has in brackets is often the only thing that a header has: `TSH`
            let inner = [within(zh), within(en)].into_iter().flatten();
            let plain = [zh.clone(), en.clone(), field.name.clone(), bare(zh), bare(en)];
            let all_names = plain.into_iter().chain(with_title).chain(inner);
            all.extend(all_names.map(|name| (target.clone(), name)));
        }
    }
    let named = all.into_iter().map(|(target, name)| {
        let even = even(&name);
        Name { target, pairs: pairs(&even), even }
    });
    named.filter(|name| !name.even.is_empty()).collect()
}

/// A label without what it has in brackets.
fn bare(label: &str) -> String {
    label.split(['（', '(']).next().unwrap_or_default().to_owned()
}

/// What a label has in brackets.
fn within(label: &str) -> Option<String> {
    let inner = label.split(['（', '(']).nth(1)?.split(['）', ')']).next()?;
    Some(inner.to_owned())
}

fn pairs(text: &str) -> BTreeSet<(char, char)> {
    text.chars().zip(text.chars().skip(1)).collect()
}

/// How alike a header and a name are: 1 where they are the same, else the Dice coefficient of their pairs of characters, at most 0.95.
fn likeness(header: &str, header_pairs: &BTreeSet<(char, char)>, name: &Name) -> f64 {
    if header == name.even {
        return 1.0;
    }
    let all = header_pairs.len() + name.pairs.len();
    if all == 0 {
        return 0.0;
    }
    let shared = header_pairs.intersection(&name.pairs).count();
    (2.0 * shared as f64 / all as f64).min(0.95)
}

/// A header without its unit, and the unit.
fn split_unit(header: &str) -> (String, Option<String>) {
    let Some((name, rest)) = header.split_once(['（', '(', '[', '/']) else { return (header.to_owned(), None) };
    let unit = rest.trim_end_matches(['）', ')', ']']).trim();
    (name.trim().to_owned(), Some(unit.to_owned()).filter(|unit| !unit.is_empty()))
}

/// Proposes a mapping of a sheet: finds the row of headers, and for each column the field whose name is most like its header. `nuclide`
/// is what the service's seeds are of, for columns in units of apparent activity.
pub fn propose(forms: &Forms, sheet: &Sheet, technique: Technique, nuclide: Option<&str>) -> Option<Mapping> {
    let names = names(forms, technique);
    let mut best: Option<(f64, u32, Vec<Assigned>)> = None;
    for row in sheet.rows.iter().take(FIRST_ROWS) {
        let columns = assign(forms, &names, &row.cells, nuclide);
        let total: f64 = columns.iter().map(|column| column.likeness).sum();
        if total > best.as_ref().map_or(0.0, |(there, ..)| *there) {
            best = Some((total, row.number, columns));
        }
    }
    let (_, header_row, columns) = best?;
    Some(Mapping {
        sheet: sheet.name.clone(),
        header_row,
        technique,
        offset: "+08:00".to_owned(),
        time_if_missing: None,
        columns,
    })
}

fn assign(forms: &Forms, names: &[Name], headers: &BTreeMap<u32, Raw>, nuclide: Option<&str>) -> Vec<Assigned> {
    let mut candidates: Vec<(f64, usize, u32, &Name)> = Vec::new();
    for (column, raw) in headers {
        let Raw::Text(header) = raw else { continue };
        if header.chars().count() > 60 {
            continue;
        }
        let evened = |text: &str| {
            let text = even(text);
            let pairs = pairs(&text);
            (text, pairs)
        };
        let (whole, without) = (evened(header), evened(&split_unit(header).0));
        for (rank, name) in names.iter().enumerate() {
            let of = |(text, pairs): &(String, BTreeSet<(char, char)>)| likeness(text, pairs, name);
            // a header that says its unit is a little less like one that does not
            let found = of(&whole).max(of(&without) * 0.99);
            if found >= LEAST_LIKENESS {
                candidates.push((found, rank, *column, name));
            }
        }
    }
    // the most alike first; of equals the names that are stated before those of forms
    candidates.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)).then(one.2.cmp(&other.2)));
    let (mut taken, mut columns) = (BTreeSet::new(), BTreeMap::new());
    for (likeness, _, column, name) in candidates {
        if columns.contains_key(&column) || taken.contains(&name.target) {
            continue;
        }
        let Some(Raw::Text(header)) = headers.get(&column) else { continue };
        let (factor, remark) = conversion(forms, &name.target, header, nuclide);
        taken.insert(name.target.clone());
        columns.insert(
            column,
            Assigned {
                column,
                header: header.trim().to_owned(),
                to: name.target.clone(),
                dates: DateOrder::default(),
                factor,
                codes: BTreeMap::new(),
                likeness,
                remark,
            },
        );
    }
    columns.into_values().collect()
}

/// The factor from the unit that a header states to ours, and what to look at.
fn conversion(forms: &Forms, target: &Target, header: &str, nuclide: Option<&str>) -> (f64, String) {
    let (_, stated) = split_unit(header);
    let Some((kind, _, ours)) = target.described(forms) else { return (1.0, String::new()) };
    if !matches!(kind, FieldKind::Number | FieldKind::Whole) || ours.is_empty() {
        return (1.0, String::new());
    }
    let same = |one: &str, other: &str| {
        let plain = |text: &str| text.replace('μ', "µ").replace(char::is_whitespace, "").to_lowercase();
        plain(one) == plain(other)
    };
    let Some(stated) = stated else {
        return (1.0, format!("单位未注明，按 {ours} 处理 / no unit stated: taken as {ours}"));
    };
    if same(&stated, &ours) {
        return (1.0, String::new());
    }
    let fits = |unit: &&Unit| same(&unit.from, &stated) && same(&unit.to, &ours);
    let found =
        KNOWN.unit.iter().filter(fits).find(|unit| unit.nuclide.is_none() || unit.nuclide.as_deref() == nuclide);
    match found {
        Some(unit) => {
            let of = unit.nuclide.as_ref().map(|nuclide| format!("（{nuclide}）")).unwrap_or_default();
            (unit.factor, format!("{stated} → {ours}{of}：× {}", unit.factor))
        }
        None => {
            (1.0, format!("不会换算 {stated} → {ours}，请填写系数 / {stated} to {ours} is not known: enter the factor"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stated_header_leads_somewhere() {
        let forms = Forms::builtin();
        assert!(KNOWN.header.len() > 15 && KNOWN.unit.len() > 5);
        for header in &KNOWN.header {
            assert!(header.to.described(&forms).is_some(), "{}", header.to);
            assert_eq!(header.to.to_string().parse::<Target>().unwrap(), header.to);
        }
    }

    #[test]
    fn strength_per_activity_is_the_nuclides_own() {
        let of = |nuclide: &str| {
            let unit = KNOWN.unit.iter().find(|unit| unit.nuclide.as_deref() == Some(nuclide)).unwrap();
            format!("= {}", unit.factor)
        };
        let i125 = include_str!("../../../../data/nuclides/i125.toml");
        let pd103 = include_str!("../../../../data/nuclides/pd103.toml");
        assert!(i125.contains(&of("I-125")), "{}", of("I-125"));
        assert!(pd103.contains(&of("Pd-103")), "{}", of("Pd-103"));
    }
}
