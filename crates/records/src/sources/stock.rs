//! Stock take: what should be in a safe against what was scanned there.

use std::collections::BTreeSet;

use serde::Serialize;

use super::code::{Code, Unit};
use super::{Balance, Place, SeedSet, Sentence, Words};
use crate::{Id, Lot};

/// A lot and where its seeds are.
#[derive(Debug, Clone, Copy)]
pub struct Holding<'a> {
    /// the lot
    pub lot: &'a Lot,
    /// its balance at the moment of the count
    pub balance: &'a Balance,
}

/// One lot in the stock take of a safe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StockLine {
    /// which
    pub lot: Id<Lot>,
    /// its number
    pub number: String,
    /// which seeds the ledger has in the safe
    pub expected: SeedSet,
    /// which were scanned by their numbers
    pub named: SeedSet,
    /// how many more were counted without numbers
    pub unnamed: u32,
    /// expected and not scanned; empty where some were counted without numbers, since nobody knows which
    pub missing: SeedSet,
    /// scanned, and elsewhere by the ledger
    pub extra: SeedSet,
    /// counted less expected
    pub difference: i64,
    /// each difference and what to do about it; empty when all is as it should be
    pub findings: Vec<Sentence>,
}

impl StockLine {
    /// How many were counted, with numbers or without.
    pub fn counted(&self) -> u32 {
        self.named.len().saturating_add(self.unnamed)
    }
}

/// The stock take of one safe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StockTake {
    /// which safe
    pub safe: String,
    /// every lot that should be there or was scanned there, in the order of the lots given
    pub lots: Vec<StockLine>,
    /// codes that belong to no lot
    pub unknown: Vec<Sentence>,
}

impl StockTake {
    /// Whether everything was there and nothing else.
    pub fn agrees(&self) -> bool {
        self.unknown.is_empty() && self.lots.iter().all(|line| line.findings.is_empty())
    }

    /// What a record of the stock take lists as counted: `lot:seeds`, or `lot:*n` for seeds without numbers.
    pub fn counted(&self) -> Vec<String> {
        let mut all = Vec::new();
        for line in &self.lots {
            if !line.named.is_empty() {
                all.push(format!("{}:{}", line.number, line.named));
            }
            if line.unnamed > 0 {
                all.push(format!("{}:*{}", line.number, line.unnamed));
            }
        }
        all
    }
}

/// What was scanned of one lot.
#[derive(Debug, Default)]
struct Scanned {
    named: SeedSet,
    twice: SeedSet,
    unnamed: u32,
    serials: BTreeSet<String>,
    serials_twice: BTreeSet<String>,
    label: bool,
}

/// What one code counts.
#[derive(Debug, PartialEq, Eq)]
enum Counts {
    Seeds(SeedSet),
    Number(u32),
    Serial(String),
    Label,
}

/// Compares the seeds that the ledger has in a safe with the codes scanned there.
pub fn stock_take(safe: &str, holdings: &[Holding<'_>], codes: &[Code], words: &Words<'_>) -> StockTake {
    let mut scanned: Vec<Scanned> = holdings.iter().map(|_| Scanned::default()).collect();
    let mut unknown = Vec::new();
    for code in codes {
        match resolve(code, holdings) {
            Ok((at, counts)) => {
                if let Some(scanned) = scanned.get_mut(at) {
                    scanned.add(counts);
                }
            }
            Err(sentence) => unknown.push(sentence),
        }
    }
    let place = Place::Stored(safe.to_owned());
    let pairs = holdings.iter().zip(scanned);
    let lots = pairs.filter_map(|(holding, scanned)| line(holding, &scanned, &place, words)).collect();
    StockTake { safe: safe.to_owned(), lots, unknown }
}

impl Scanned {
    fn add(&mut self, counts: Counts) {
        match counts {
            Counts::Seeds(seeds) => {
                self.twice = self.twice.with(&self.named.both(&seeds));
                self.named = self.named.with(&seeds);
            }
            Counts::Number(count) => self.unnamed = self.unnamed.saturating_add(count),
            Counts::Serial(serial) if self.serials.contains(&serial) => {
                self.serials_twice.insert(serial);
            }
            Counts::Serial(serial) => {
                self.serials.insert(serial);
                self.unnamed = self.unnamed.saturating_add(1);
            }
            Counts::Label => self.label = true,
        }
    }

    fn nothing(&self) -> bool {
        self.named.is_empty() && self.unnamed == 0
    }
}

/// Which lot a code belongs to, and what it counts.
fn resolve(code: &Code, holdings: &[Holding<'_>]) -> Result<(usize, Counts), Sentence> {
    match code {
        Code::Gs1(unit) => gs1(unit, holdings),
        Code::Own(text) => own(text, holdings),
    }
}

fn gs1(unit: &Unit, holdings: &[Holding<'_>]) -> Result<(usize, Counts), Sentence> {
    let Some(number) = &unit.lot else {
        return Err(Sentence::new(
            "条码中没有批次 (10)：请改扫批次码",
            "the code has no lot (10): scan the lot's code instead",
        ));
    };
    let at = find(number, holdings)?;
    let most = holdings.get(at).map_or(0, |holding| holding.lot.count);
    let counts = match (unit.count, &unit.serial) {
        (Some(count), _) => Counts::Number(count),
        (None, Some(serial)) => match serial.parse::<u32>() {
            Ok(seed) if (1..=most).contains(&seed) => Counts::Seeds(SeedSet::range(seed, seed)),
            _ => Counts::Serial(serial.clone()),
        },
        (None, None) => Counts::Label,
    };
    Ok((at, counts))
}

fn own(text: &str, holdings: &[Holding<'_>]) -> Result<(usize, Counts), Sentence> {
    // a lot's number may itself hold a slash: the whole text first, then the longest number before a sign
    let is = |number: &str| holdings.iter().any(|holding| same(&holding.lot.number, number));
    if is(text) {
        return Ok((find(text, holdings)?, Counts::Label));
    }
    for sign in ['/', ':', '：', '*', '×'] {
        let Some((number, seeds)) = text.rsplit_once(sign) else { continue };
        if !is(number) {
            continue;
        }
        let at = find(number, holdings)?;
        let amount = seeds.strip_prefix('*').or(matches!(sign, '*' | '×').then_some(seeds));
        return match amount {
            Some(amount) => match amount.trim().parse::<u32>() {
                Ok(count) if count <= SeedSet::MOST => Ok((at, Counts::Number(count))),
                _ => Err(Sentence::new(
                    format!("“{text}”中的数量无法识别：请写成“{number}*20”"),
                    format!("the amount in '{text}' cannot be read: write {number}*20"),
                )),
            },
            None => match seeds.parse::<SeedSet>() {
                Ok(seeds) if !seeds.is_empty() => Ok((at, Counts::Seeds(seeds))),
                Ok(_) => Ok((at, Counts::Label)),
                Err(error) => Err(Sentence::new(error.zh(), error.to_string())),
            },
        };
    }
    Err(stranger(text))
}

fn same(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

fn stranger(text: &str) -> Sentence {
    Sentence::new(
        format!("“{text}”不属于任何已登记的批次：请核对条码；若为未登记的到货，先登记批次和到货"),
        format!(
            "'{text}' belongs to no lot on record: check the code; where it came without being entered, enter lot and delivery first"
        ),
    )
}

fn find(number: &str, holdings: &[Holding<'_>]) -> Result<usize, Sentence> {
    let mut found = holdings.iter().enumerate().filter(|(_, holding)| same(&holding.lot.number, number));
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Ok(at),
        (None, _) => Err(stranger(number)),
        (Some(_), Some(_)) => Err(Sentence::new(
            format!("有两个生产企业的批次同为“{number}”：请分别盘点"),
            format!("two makers have a lot {number}: count them in separate stock takes"),
        )),
    }
}

fn line(holding: &Holding<'_>, scanned: &Scanned, place: &Place, words: &Words<'_>) -> Option<StockLine> {
    let (lot, expected) = (holding.lot, holding.balance.at(place));
    if expected.is_empty() && scanned.nothing() && !scanned.label {
        return None;
    }
    let missing = if scanned.unnamed > 0 { SeedSet::NONE } else { expected.without(&scanned.named) };
    let extra = scanned.named.without(expected);
    let difference = i64::from(scanned.named.len()) + i64::from(scanned.unnamed) - i64::from(expected.len());
    let number = &lot.number;
    let mut findings = Vec::new();
    let mut say = |zh: String, en: String| findings.push(Sentence { zh, en });
    if scanned.nothing() && scanned.label && !expected.is_empty() {
        say(
            format!("批次 {number}：只扫描了批次码，未清点（应为 {} 粒）：请清点后输入“{number}*数量”", expected.len()),
            format!(
                "lot {number}: only its label was scanned, nothing counted ({} expected): count and enter {number}*AMOUNT",
                expected.len()
            ),
        );
    } else if !missing.is_empty() {
        say(
            format!("批次 {number}：缺 {} 粒（{missing} 号）：请查找；找不到则登记丢失并启动应急流程", missing.len()),
            format!(
                "lot {number}: {} seeds missing ({missing}): look for them; if they are not found enter them as lost and start the emergency flow",
                missing.len()
            ),
        );
    } else if scanned.unnamed > 0 && difference != 0 {
        let amount = difference.abs();
        let (zh, en) = if difference < 0 { ("少", "fewer") } else { ("多", "more") };
        say(
            format!("批次 {number}：比台账{zh} {amount} 粒：请按编号复核"),
            format!("lot {number}: {amount} {en} than the ledger has: count again by seed number"),
        );
    }
    let beyond = extra.without(&SeedSet::range(1, lot.count));
    if !beyond.is_empty() {
        say(
            format!("批次 {number} 没有 {beyond} 号粒子：请核对条码"),
            format!("lot {number} has no seeds {beyond}: check the codes"),
        );
    }
    for (elsewhere, seeds) in holding.balance.whereabouts(&extra) {
        let there = words.place(elsewhere);
        say(
            format!("批次 {number}：{seeds} 号在此处，而台账记为{}：请登记它们如何到此", there.zh),
            format!(
                "lot {number}: seeds {seeds} are here, the ledger has them in {}: enter how they came here",
                there.en
            ),
        );
    }
    let serials: Vec<&str> = scanned.serials_twice.iter().map(String::as_str).collect();
    let twice = [scanned.twice.to_string(), serials.join(",")].into_iter().filter(|text| !text.is_empty());
    let twice = twice.collect::<Vec<_>>().join(",");
    if !twice.is_empty() {
        say(
            format!("批次 {number}：{twice} 重复扫描，只计一次：请确认没有重复编号的粒子"),
            format!(
                "lot {number}: {twice} scanned twice and counted once: make sure that no two seeds bear one number"
            ),
        );
    }
    Some(StockLine {
        lot: lot.id,
        number: number.clone(),
        expected: expected.clone(),
        named: scanned.named.clone(),
        unnamed: scanned.unnamed,
        missing,
        extra,
        difference,
        findings,
    })
}

#[cfg(test)]
mod tests {
    use super::super::code::parse_list;
    use super::super::tests::{lot, safe, usual};
    use super::super::{conservation, replay};
    use super::*;

    fn take(text: &str) -> StockTake {
        let (one, two) = (lot(1, 40), lot(2, 5));
        let first = replay(&one, &usual(&one)).unwrap();
        assert!(conservation(&one, &usual(&one)).holds());
        let second = Balance::ordered(5);
        let holdings = [Holding { lot: &one, balance: &first }, Holding { lot: &two, balance: &second }];
        let (codes, wrong) = parse_list(text);
        assert!(wrong.is_empty(), "{wrong:?}");
        stock_take("A", &holdings, &codes, &Words::default())
    }

    #[test]
    fn agrees_when_everything_is_there() {
        for text in ["B001/19-40", "b001*22", "B001:19-30\nB001/31-40", "(10)B001(30)22", "(10)B001(21)19\nB001/20-40"]
        {
            let take = take(text);
            assert!(take.agrees(), "{text}: {take:?}");
            assert_eq!(take.lots[0].difference, 0);
        }
        assert_eq!(take("B001/19-20\nB001*20").counted(), ["B001:19-20", "B001:*20"]);
        assert_eq!(take("B001:19-20\nB001:*20").lots[0].difference, 0, "what a record lists can be read again");
    }

    #[test]
    fn says_what_is_missing_in_excess_twice_and_strange() {
        let missing = take("B001/19-38,40");
        assert_eq!(missing.lots[0].missing.to_string(), "39");
        assert!(missing.lots[0].findings[0].en.contains("1 seeds missing (39)"));
        let none = take("");
        assert_eq!((none.lots.len(), none.lots[0].difference), (1, -22));
        let extra = take("B001/17-40\nB002/1");
        assert_eq!(extra.lots[0].extra.to_string(), "17-18");
        assert!(extra.lots[0].findings[0].en.contains("seeds 17-18 are here, the ledger has them in implanted"));
        assert!(extra.lots[1].findings[0].en.contains("ordered"));
        let twice = take("B001/19-40\nB001/20");
        assert!(twice.lots[0].findings[0].en.contains("20 scanned twice") && twice.lots[0].difference == 0);
        let fewer = take("B001*21");
        assert!(fewer.lots[0].findings[0].en.contains("1 fewer") && fewer.lots[0].missing.is_empty());
        let label = take("B001");
        assert!(label.lots[0].findings[0].en.contains("nothing counted") && label.lots[0].difference == -22);
        let strange = take("B001/19-40\nX9/3\nB001/a\n(21)7");
        assert_eq!(strange.unknown.len(), 3);
        assert!(!strange.agrees() && strange.lots[0].findings.is_empty());
        assert!(take("B001/19-41").lots[0].findings[0].en.contains("no seeds 41"));
        let serials = take("(10)B001(21)XA\n(10)B001(21)XA\nB001*21");
        assert_eq!(serials.lots[0].difference, 0);
        assert!(serials.lots[0].findings[0].en.contains("XA scanned twice"));
    }

    #[test]
    fn lots_with_signs_in_their_numbers_are_found() {
        let odd = Lot { number: "2026/03*7".to_owned(), ..lot(1, 40) };
        let balance = replay(&odd, &usual(&odd)).unwrap();
        let twin = Lot { number: "2026/03*7".to_owned(), manufacturer: "other".to_owned(), ..lot(2, 5) };
        let nothing = Balance::ordered(5);
        let holdings = [Holding { lot: &odd, balance: &balance }, Holding { lot: &twin, balance: &nothing }];
        let (codes, _) = parse_list("2026/03*7/19-40");
        assert!(stock_take("A", &holdings[..1], &codes, &Words::default()).agrees());
        let both = stock_take("A", &holdings, &codes, &Words::default());
        assert!(both.unknown[0].en.contains("two makers"));
        assert_eq!(safe("A"), Place::Stored("A".to_owned()));
    }
}
