//! Lots of seeds, bought for the implants that are planned, with every movement of every seed.

use serde_json::{Value, json};

use super::book::{Book, When, later, on_a_weekday};
use super::draw::{Draw, rounded};
use super::implant::Need;
use super::staff::House;
use crate::sources::{Place, SeedSet, Step, decay};
use crate::{About, Case, Id, Item, Lot, Movement, Record};

/// Seeds of a lot that are used up by tests, and a few more than are needed.
const LEAK: u32 = 5;
const SPARE: u32 = 4;
/// Most seeds issued from one lot, and most implants.
const MOST_SEEDS: u32 = 300;
const MOST_CASES: usize = 6;

/// The lots that [`super::Plight`] names.
pub(super) struct Odd {
    pub unregistered: Id<Lot>,
    pub lost_and_found: Id<Lot>,
    pub failed: Id<Lot>,
}

/// The text of a lot's certificate.
pub(super) fn certificate(number: &str) -> String {
    format!("粒子合格证（虚构）\n批号 {number}\n")
}

/// Buys the seeds that the implants need, and follows them.
pub(super) fn keep(book: &mut Book, house: &House, needs: &mut [Need]) -> Odd {
    needs.sort_by_key(|need| need.started);
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut seeds = 0;
    for (at, need) in needs.iter().enumerate() {
        let first = groups.last().and_then(|group| group.first()).and_then(|first| needs.get(*first));
        let fits = first.is_some_and(|first| need.started.day < later(first.started.day, 35))
            && seeds + need.issued <= MOST_SEEDS
            && groups.last().is_some_and(|group| group.len() < MOST_CASES);
        if fits && let Some(group) = groups.last_mut() {
            group.push(at);
            seeds += need.issued;
        } else {
            groups.push(vec![at]);
            seeds = need.issued;
        }
    }
    // the last lot that had come three weeks before the end names no registration
    let unregistered = groups.iter().rposition(|group| needs[group[0]].started.day < book.ago(30)).unwrap_or(0);
    let losing = groups.iter().rposition(|group| needs[group[0]].started.day < book.ago(120)).unwrap_or(0);
    let mut odd: [Option<Id<Lot>>; 2] = [None, None];
    for (number, group) in groups.iter().enumerate() {
        let odd_ones = [
            (number == unregistered, Oddity::Unregistered),
            (number == losing, Oddity::Loses),
            (number % 9 == 3, Oddity::Short),
            (number % 13 == 5, Oddity::LeaksAtFirst),
        ];
        let of = Kind { number, odd: odd_ones.into_iter().filter(|one| one.0).map(|one| one.1).collect() };
        let lot = buy(book, house, needs, group, &of);
        odd[0] = odd[0].or((number == unregistered).then_some(lot));
        odd[1] = odd[1].or((number == losing).then_some(lot));
    }
    stock_takes(book, house);
    let failed = failed(book, house);
    let [unregistered, lost_and_found] = odd.map(|lot| lot.unwrap_or(failed));
    Odd { unregistered, lost_and_found, failed }
}

/// What is special about a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Oddity {
    /// it names no registration
    Unregistered,
    /// a seed of its first implant is lost, and found the next day
    Loses,
    /// two seeds were not in the box
    Short,
    /// its first leak test failed by contamination of the surface
    LeaksAtFirst,
}

/// Which lot, and what is special about it.
struct Kind {
    number: usize,
    odd: Vec<Oddity>,
}

impl Kind {
    fn is(&self, oddity: Oddity) -> bool {
        self.odd.contains(&oddity)
    }
}

/// One line of a lot's account, before it has its number.
struct Line {
    at: When,
    step: Step,
    seeds: SeedSet,
    from: Place,
    to: Place,
    evidence: Option<Id<Record>>,
    note: String,
}

/// A lot that is being followed: who moves what, when.
struct Account {
    lot: Lot,
    lines: Vec<Line>,
    /// seeds in the safe, not yet spoken for
    pool: SeedSet,
    /// what came back from an operation: not issued again, for two may go on at a time
    back: SeedSet,
    safe: Place,
}

impl Account {
    fn move_seeds(&mut self, at: When, step: Step, seeds: &SeedSet, from: Place, to: Place, why: Why<'_>) {
        if seeds.is_empty() {
            return;
        }
        let (evidence, note) = match why {
            Why::Usual => (None, String::new()),
            Why::Note(note) => (None, note.to_owned()),
            Why::Shown(record, note) => (Some(record), note.to_owned()),
        };
        self.lines.push(Line { at, step, seeds: seeds.clone(), from, to, evidence, note });
    }

    /// The lowest seeds of the pool; they leave it.
    fn take(&mut self, count: u32) -> SeedSet {
        let taken = self.pool.lowest(count.min(self.pool.len())).unwrap_or_default();
        self.pool = self.pool.without(&taken);
        taken
    }

    /// Enters the movements in the order of time, those of one day together when the last is done.
    fn enter(mut self, book: &mut Book, house: &House) -> Id<Lot> {
        self.lines.sort_by_key(|line| line.at);
        let mut day: Vec<Item> = Vec::new();
        let mut lines = (1..).zip(self.lines).peekable();
        while let Some((number, line)) = lines.next() {
            let Line { at, step, seeds, from, to, evidence, note } = line;
            day.push(Item::Movement(Movement {
                id: book.id(at),
                version: 1,
                lot: self.lot.id,
                number,
                at: at.at(),
                step,
                seeds,
                from,
                to,
                evidence,
                by: house.custodian,
                note,
            }));
            if lines.peek().is_none_or(|(_, next)| next.at.day != at.day) {
                book.create(at, house.custodian, std::mem::take(&mut day));
            }
        }
        self.lot.id
    }
}

#[derive(Clone, Copy)]
enum Why<'a> {
    Usual,
    Note(&'a str),
    Shown(Id<Record>, &'a str),
}

fn order(
    book: &mut Book,
    house: &House,
    number: &str,
    came: When,
    count: u32,
    strength_u: f64,
    registered: bool,
) -> Lot {
    let ordered = When::new(later(came.day, -7), 9, 30);
    let lot = Lot {
        id: book.id(ordered),
        version: 1,
        hospital: house.hospital,
        number: number.to_owned(),
        manufacturer: "示范粒子有限公司".to_owned(),
        model: "6711".to_owned(),
        nuclide: "I-125".to_owned(),
        registration: if registered { "国药准字H20041350".to_owned() } else { String::new() },
        count,
        strength_u,
        reference: When::new(later(came.day, -1), 8, 0).at(),
        created: ordered.at(),
    };
    book.create(ordered, house.custodian, vec![Item::Lot(lot.clone())]);
    lot
}

/// The strength that the certificate says a lot has at noon of a day.
fn certified(lot: &Lot, day: jiff::civil::Date) -> f64 {
    decay::worth(lot, When::new(day, 12, 0).at()).map_or(lot.strength_u, |worth| worth.strength.value())
}

fn assay(book: &mut Book, house: &House, lot: &Lot, at: When, sampled: u32, off: f64, draw: &mut Draw) -> Id<Record> {
    let mean = rounded(certified(lot, at.day) * (1.0 + off), 4);
    let values = json!({
        "day": at.day.to_string(), "sampled": sampled, "mean_u": mean, "largest_deviation_percent": draw.usual(1.0, 4.6, 1),
        "instrument": house.meter, "by": house.physicists[0], "accepted": off.abs() < 0.05,
    });
    book.enter("assay", About::Lot(lot.id), at, house.physicist, &values)
}

fn leak(book: &mut Book, house: &House, lot: &Lot, at: When, sampled: u32, bq: f64) -> Id<Record> {
    let values = json!({
        "day": at.day.to_string(), "sampled": sampled, "method": "immersion", "largest_bq": bq, "by": house.physicists[0],
        "accepted": bq <= 185.0,
    });
    book.enter("leak_test", About::Lot(lot.id), at, house.physicist, &values)
}

fn buy(book: &mut Book, house: &House, needs: &mut [Need], group: &[usize], of: &Kind) -> Id<Lot> {
    let mut draw = book.draw("lot", of.number as u64);
    let first = &needs[group[0]];
    let came = When::new(on_a_weekday(later(first.started.day, -7)), 10, draw.between(0, 40) as i16);
    let (strength, issued) = (first.strength_u, group.iter().map(|at| needs[*at].issued).sum::<u32>());
    let again = if of.is(Oddity::LeaksAtFirst) { 10 } else { 0 };
    let missing = if of.is(Oddity::Short) { 2 } else { 0 };
    let sample = ((f64::from(issued) * 0.021).ceil() as u32 + 1).max(3);
    let count = issued + sample + LEAK + again + SPARE + missing;
    let number = format!("B{}{:03}", came.day.strftime("%y%m"), of.number + 1);
    let lot = order(book, house, &number, came, count, strength, !of.is(Oddity::Unregistered));
    let paper = book.paper(&format!("合格证 {number}.txt"), &certificate(&number));
    let day = json!({"kind": "seed_certificate", "number": number, "day": later(came.day, -1).to_string()});
    let mut filed = book.record("certificate", About::Lot(lot.id), came.later(20), house.custodian, &day);
    filed.files.push(paper);
    book.create(came.later(20), house.custodian, vec![Item::Record(filed)]);

    let safe = Place::Stored(if of.number % 4 == 1 { "保险柜乙" } else { "保险柜甲" }.to_owned());
    let mut account =
        Account { lot, lines: Vec::new(), pool: SeedSet::range(1, count), back: SeedSet::NONE, safe: safe.clone() };
    let all = SeedSet::range(1, count);
    account.move_seeds(came, Step::Receive, &all, Place::Ordered, Place::Received, Why::Usual);
    if of.is(Oddity::Short) {
        account.pool = SeedSet::range(1, count - missing);
        let not_there = SeedSet::range(count - missing + 1, count);
        let why = Why::Note("开箱少 2 粒，供应商确认");
        account.move_seeds(came.later(30), Step::Cancel, &not_there, Place::Received, Place::Cancelled, why);
    }
    release(book, house, &mut account, came, sample, of.is(Oddity::LeaksAtFirst), &mut draw);
    for (place, at) in group.iter().enumerate() {
        let Some(need) = needs.get_mut(*at) else { continue };
        need.lot = Some((account.lot.id, number.clone()));
        use_up(book, house, &mut account, need, of.is(Oddity::Loses) && place == 0, of.number * 10 + place);
    }
    let last = group.last().map_or(came, |at| needs[*at].ended);
    let rest = account.pool.with(&account.back);
    if of.number.is_multiple_of(2) {
        let at = When::new(later(last.day, 35), 15, 0);
        account.move_seeds(at, Step::Return, &rest, account.safe.clone(), Place::Returned, Why::Note("退回供应商"));
    } else {
        let at = When::new(later(last.day, 90), 15, 0);
        account.move_seeds(
            at,
            Step::Dispose,
            &rest,
            account.safe.clone(),
            Place::Disposed,
            Why::Note("交放射性废物库"),
        );
    }
    account.enter(book, house)
}

/// Assay and leak test of a sample, then into the safe.
fn release(
    book: &mut Book,
    house: &House,
    account: &mut Account,
    came: When,
    sample: u32,
    again: bool,
    draw: &mut Draw,
) {
    let lot = account.lot.clone();
    let (for_assay, for_leak) = (account.take(sample), account.take(LEAK));
    let taken = for_assay.with(&for_leak);
    account.move_seeds(came.later(60), Step::Assay, &taken, Place::Received, Place::Assay, Why::Usual);
    let measured = assay(book, house, &lot, came.later(150), sample, draw.usual(-0.021, 0.021, 4), draw);
    let bq = if again { 240.0 } else { draw.usual(4.0, 70.0, 0) };
    let tested = leak(book, house, &lot, came.later(200), LEAK, bq);
    let (safe, spent) = (account.safe.clone(), Why::Shown(tested, "泄漏检验耗用"));
    account.move_seeds(came.later(230), Step::Dispose, &for_leak, Place::Assay, Place::Disposed, spent);
    account.move_seeds(came.later(235), Step::Store, &for_assay, Place::Assay, safe.clone(), Why::Shown(measured, ""));
    let rest = account.pool.clone();
    // what was measured is as good as the others
    account.pool = account.pool.with(&for_assay);
    if !again {
        account.move_seeds(came.later(240), Step::Store, &rest, Place::Received, safe, Why::Shown(tested, ""));
        return;
    }
    let aside = Why::Shown(tested, "表面沾污超限，隔离");
    account.move_seeds(came.later(240), Step::Quarantine, &rest, Place::Received, Place::Quarantine, aside);
    let next = When::new(later(came.day, 1), 10, 0);
    let more = rest.lowest(10).unwrap_or_default();
    account.move_seeds(next, Step::Assay, &more, Place::Quarantine, Place::Assay, Why::Usual);
    let passed = leak(book, house, &lot, next.later(300), 10, 22.0);
    account.move_seeds(
        next.later(310),
        Step::Dispose,
        &more,
        Place::Assay,
        Place::Disposed,
        Why::Shown(passed, "泄漏复检耗用"),
    );
    let sound = rest.without(&more);
    account.pool = account.pool.without(&more);
    account.move_seeds(next.later(320), Step::Store, &sound, Place::Quarantine, safe, Why::Shown(passed, "复检合格"));
}

/// Issued, implanted, what is left put back; now and then a seed goes astray.
fn use_up(book: &mut Book, house: &House, account: &mut Account, need: &Need, loses: bool, which: usize) {
    let case: Id<Case> = need.file.case.id;
    let (safe, issued) = (account.safe.clone(), Place::Issued(case));
    let seeds = account.take(need.issued);
    let implanted = seeds.lowest(need.seeds).unwrap_or_default();
    let mut left = seeds.without(&implanted);
    account.move_seeds(need.started.later(-70), Step::Issue, &seeds, safe.clone(), issued.clone(), Why::Usual);
    account.move_seeds(
        need.ended.later(30),
        Step::Implant,
        &implanted,
        issued.clone(),
        Place::Implanted(case),
        Why::Usual,
    );
    let astray = left.lowest(1).unwrap_or_default();
    if loses {
        left = left.without(&astray);
        lose_and_find(book, house, account, need, &astray);
    } else if which % 37 == 11 {
        left = left.without(&astray);
        let at = need.ended.later(35);
        account.move_seeds(
            at,
            Step::Quarantine,
            &astray,
            issued.clone(),
            Place::Quarantine,
            Why::Note("术中遗落，已找回"),
        );
        dispose(account, &astray, later(at.day, 60));
    }
    if which % 53 == 20 {
        // expelled weeks later; never used again
        let (out, at) = (implanted.lowest(1).unwrap_or_default(), When::new(later(need.started.day, 24), 11, 0));
        account.move_seeds(
            at,
            Step::Recover,
            &out,
            Place::Implanted(case),
            Place::Quarantine,
            Why::Note("随痰排出，已收回"),
        );
        dispose(account, &out, later(at.day, 30));
    }
    account.move_seeds(need.ended.later(60), Step::Store, &left, issued, safe, Why::Usual);
    account.back = account.back.with(&left);
}

fn dispose(account: &mut Account, seeds: &SeedSet, day: jiff::civil::Date) {
    let at = When::new(day, 15, 30);
    account.move_seeds(at, Step::Dispose, seeds, Place::Quarantine, Place::Disposed, Why::Note("交放射性废物库"));
}

/// Missing after the procedure, told to everybody who must know, found the next morning in the drapes.
fn lose_and_find(book: &mut Book, house: &House, account: &mut Account, need: &Need, seed: &SeedSet) {
    let missed = need.ended.later(40);
    let found = When::new(later(missed.day, 1), 8, 40);
    let told = |who: &str, minutes: i64| format!("{who}:{}", missed.later(minutes).text());
    let values: Value = json!({
        "kind": "lost", "discovered_at": missed.text(), "place": "手术室 2", "words": "术后清点少 1 粒",
        "told": [told("radiation_protection_officer", 5), told("environment_authority", 80), told("police", 95)],
        "closed_at": found.later(200).text(), "how_closed": "次日在布类中找到，隔离后送废物库",
    });
    let incident = book.enter("incident", About::Lot(account.lot.id), missed.later(1), house.custodian, &values);
    let issued = Place::Issued(need.file.case.id);
    account.move_seeds(missed.later(2), Step::Lose, seed, issued, Place::Lost, Why::Shown(incident, "术后清点少 1 粒"));
    account.move_seeds(found, Step::Find, seed, Place::Lost, Place::Quarantine, Why::Shown(incident, "在布类中找到"));
    dispose(account, seed, later(found.day, 10));
}

/// A lot whose strength was not what its certificate said: set aside and sent back.
fn failed(book: &mut Book, house: &House) -> Id<Lot> {
    let mut draw = book.draw("failed lot", 0);
    let came = When::new(on_a_weekday(book.ago(200)), 11, 0);
    let number = format!("B{}900", came.day.strftime("%y%m"));
    let lot = order(book, house, &number, came, 120, 0.635, true);
    let all = SeedSet::range(1, 120);
    let sample = SeedSet::range(1, 4);
    let rest = all.without(&sample);
    let mut account = Account {
        lot,
        lines: Vec::new(),
        pool: SeedSet::NONE,
        back: SeedSet::NONE,
        safe: Place::Stored("保险柜甲".to_owned()),
    };
    account.move_seeds(came, Step::Receive, &all, Place::Ordered, Place::Received, Why::Usual);
    account.move_seeds(came.later(60), Step::Assay, &sample, Place::Received, Place::Assay, Why::Usual);
    let lot = account.lot.clone();
    let measured = assay(book, house, &lot, came.later(150), 4, -0.083, &mut draw);
    let aside = Why::Shown(measured, "强度偏差 −8.3 %");
    account.move_seeds(came.later(160), Step::Quarantine, &sample, Place::Assay, Place::Quarantine, aside);
    account.move_seeds(came.later(161), Step::Quarantine, &rest, Place::Received, Place::Quarantine, aside);
    let back = When::new(later(came.day, 6), 14, 0);
    account.move_seeds(
        back,
        Step::Return,
        &all,
        Place::Quarantine,
        Place::Returned,
        Why::Shown(measured, "退回供应商"),
    );
    account.enter(book, house)
}

/// The safes are counted every month; once the count was wrong by one and was right when done again.
fn stock_takes(book: &mut Book, house: &House) {
    for month in 0..20_i64 {
        let at = When::new(book.ago(605 - month * 31), 16, 40);
        for safe in ["保险柜甲", "保险柜乙"] {
            let counted = book.in_safe(safe, at);
            let expected: u32 = counted.iter().map(|(_, seeds)| seeds).sum();
            let mut list: Vec<String> = counted.iter().map(|(lot, seeds)| format!("{lot}:{seeds}")).collect();
            let mut values = json!({"day": at.day.to_string(), "safe": safe, "expected": expected, "difference": 0, "by": [house.keeper]});
            if month == 13
                && let Some((lot, seeds)) = counted.first().filter(|one| one.1 > 1)
            {
                list[0] = format!("{lot}:{}", seeds - 1);
                values["difference"] = (-1).into();
                values["explained"] = "复点相符，第一次漏数 1 粒".into();
            }
            values["counted"] = list.into();
            book.enter("stock_take", About::Hospital(house.hospital), at, house.custodian, &values);
        }
    }
}
