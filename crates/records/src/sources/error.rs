//! Why a movement of seeds cannot be: each reason with what to do about it.

use jiff::Timestamp;

use super::legal::{TABLE, leads};
use super::{Place, SeedSet, Sentence, Step, Words};
use crate::{Case, Id, Lot};

/// Where some seeds are, and what brought them there; `None` where they have been from the beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    /// which
    pub seeds: SeedSet,
    /// where
    pub place: Place,
    /// number, moment and step of the movement
    pub since: Option<(u32, Timestamp, Step)>,
}

/// Why a movement cannot be entered, or a ledger not be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceError {
    /// of another lot
    OtherLot {
        /// whose it is
        given: Id<Lot>,
        /// whose it should be
        lot: Id<Lot>,
    },
    /// not the next number
    Number {
        /// what was given
        given: u32,
        /// what comes next
        next: u32,
    },
    /// the ledger itself lacks a number or has one twice
    Gap {
        /// which should have come
        number: u32,
    },
    /// no seeds named
    NoSeeds,
    /// seeds that the lot does not have
    Beyond {
        /// which
        seeds: SeedSet,
        /// how many the lot has
        count: u32,
    },
    /// a moment that is still to come
    Future {
        /// when it is said to have happened
        at: Timestamp,
        /// when it is entered
        now: Timestamp,
    },
    /// a step that does not lead from there to there
    Illegal {
        /// the step
        step: Step,
        /// from where
        from: Place,
        /// to where
        to: Place,
    },
    /// from a safe into the same
    SameSafe {
        /// which
        safe: String,
    },
    /// from one case straight to another
    OtherCase {
        /// the step
        step: Step,
        /// from whom
        from: Id<Case>,
        /// to whom
        to: Id<Case>,
    },
    /// said to be with a case that never had the seeds
    NeverHad {
        /// which
        seeds: SeedSet,
        /// the case
        case: Id<Case>,
    },
    /// seeds that were in a patient are not used again
    Used {
        /// which
        seeds: SeedSet,
        /// in which
        case: Id<Case>,
    },
    /// a safe without a name, or with too long a one
    SafeName,
    /// nothing shows why
    NoReason {
        /// the step
        step: Step,
    },
    /// the seeds are not where they are taken from
    NotThere {
        /// which of them are elsewhere
        seeds: SeedSet,
        /// where they should be
        place: Place,
        /// when
        at: Timestamp,
        /// where they are
        elsewhere: Vec<Whereabouts>,
        /// the movement that brings some of them there later
        later: Option<(u32, Timestamp)>,
    },
    /// a back-dated movement takes seeds away that a later movement took
    Breaks {
        /// when it is said to have happened
        at: Timestamp,
        /// number, moment and step of the later movement
        by: (u32, Timestamp, Step),
        /// which seeds it would no longer find
        seeds: SeedSet,
        /// where it took them from
        place: Place,
    },
    /// fewer seeds there than asked for
    TooFew {
        /// where
        place: Place,
        /// how many are there
        there: u32,
        /// how many were asked for
        asked: u32,
    },
}

impl std::error::Error for SourceError {}

impl std::fmt::Display for SourceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence(&Words::default()).en)
    }
}

impl SourceError {
    /// What is wrong and what to do, in the words of the hospital.
    pub fn sentence(&self, words: &Words<'_>) -> Sentence {
        match self {
            Self::OtherLot { given, lot } => Sentence::new(
                format!("该流转属于批次 {given}，不属于批次 {lot}：请在所属批次中登记"),
                format!("the movement is of lot {given}, not of lot {lot}: enter it under its own lot"),
            ),
            Self::Number { given, next } => Sentence::new(
                format!("该流转编号为 {given}，而下一个编号是 {next}：期间有人登记了流转，请重新读取该批次后再登记"),
                format!(
                    "the movement has number {given}, the next is {next}: somebody moved seeds of this lot meanwhile, read the lot again and enter it anew"
                ),
            ),
            Self::Gap { number } => Sentence::new(
                format!("该批次的台账缺少第 {number} 条或有重复：请勿继续登记，由管理员核查台账"),
                format!(
                    "the ledger of this lot lacks movement {number} or has a number twice: enter nothing more and have the ledger audited"
                ),
            ),
            Self::NoSeeds => Sentence::new(
                "没有写明哪些粒子：请填写编号，例如 1-20,35",
                "no seeds are named: give their numbers, such as 1-20,35",
            ),
            Self::Beyond { seeds, count } => Sentence::new(
                format!(
                    "该批次只有 1-{count} 号粒子，没有 {seeds} 号：请改正编号；若实到多于订购，请先更正批次的粒子数"
                ),
                format!(
                    "the lot has seeds 1-{count} only, not {seeds}: correct the numbers, or the lot's count first where more came than were ordered"
                ),
            ),
            Self::Future { at, now } => {
                let (at, now) = (words.moment(*at), words.moment(*now));
                Sentence::new(
                    format!("时间 {at} 尚未到来（现在是 {now}）：请填写实际发生的时间"),
                    format!("{at} is still to come (it is {now}): give the moment when it happened"),
                )
            }
            Self::Illegal { step, from, to } => illegal(*step, from, to, words),
            Self::SameSafe { safe } => Sentence::new(
                format!("粒子已在保险柜“{safe}”中，无需再入同一保险柜：请填写另一个保险柜"),
                format!("the seeds are in safe {safe} already: name another safe"),
            ),
            Self::OtherCase { step, from, to } => {
                let (from, to, step) = ((words.case)(*from), (words.case)(*to), step.words());
                Sentence::new(
                    format!("粒子发放给病例 {from}，不能“{}”到病例 {to}：请先入库，再发放给病例 {to}", step.zh),
                    format!(
                        "the seeds were issued for case {from} and cannot go to case {to} by '{}': store them first, then issue them for case {to}",
                        step.en
                    ),
                )
            }
            Self::NeverHad { seeds, case } => {
                let case = (words.case)(*case);
                Sentence::new(
                    format!("{seeds} 号粒子此前并不在病例 {case}：请核对粒子编号和病例；找回的粒子先登记为隔离"),
                    format!(
                        "case {case} never had seeds {seeds}: check the numbers and the case; what is found elsewhere goes to quarantine first"
                    ),
                )
            }
            Self::Used { seeds, case } => {
                let case = (words.case)(*case);
                Sentence::new(
                    format!(
                        "{seeds} 号粒子曾植入病例 {case} 后离体，不得再次使用：请登记处置或退回；若实际未离体，请登记“植入”更正"
                    ),
                    format!(
                        "seeds {seeds} were in the patient of case {case} and are not used again: dispose of them or return them; if they never left the patient, enter 'implant' from quarantine"
                    ),
                )
            }
            Self::SafeName => Sentence::new(
                "保险柜名称为空或超过 60 个字：请填写保险柜名称",
                "the safe's name is missing or longer than 60 characters: name the safe",
            ),
            Self::NoReason { step } => {
                let step = step.words();
                Sentence::new(
                    format!("“{}”须说明原因：请填写备注或附上凭证记录", step.zh),
                    format!("'{}' needs a reason: write a note or name the record that shows it", step.en),
                )
            }
            Self::NotThere { seeds, place, at, elsewhere, later } => {
                not_there(seeds, place, *at, elsewhere, *later, words)
            }
            Self::Breaks { at, by, seeds, place } => {
                let (at, when, step, place) = (words.moment(*at), words.moment(by.1), by.2.words(), words.place(place));
                Sentence::new(
                    format!(
                        "若该流转发生在 {at}，则第 {} 条（{when}“{}”）将找不到{}中的 {seeds} 号粒子：请填写 {when} 之后的时间，或选择其他粒子，或先登记更正第 {} 条",
                        by.0, step.zh, place.zh, by.0
                    ),
                    format!(
                        "entered at {at} it would leave movement {} ('{}' at {when}) without seeds {seeds} in {}: give a moment after {when}, choose other seeds, or correct movement {} first",
                        by.0, step.en, place.en, by.0
                    ),
                )
            }
            Self::TooFew { place, there, asked } => {
                let place = words.place(place);
                Sentence::new(
                    format!("{}只有 {there} 粒，不足 {asked} 粒：请减少数量，或先把粒子移到该处", place.zh),
                    format!(
                        "there are {there} seeds in {}, not {asked}: ask for fewer, or move seeds there first",
                        place.en
                    ),
                )
            }
        }
    }
}

fn illegal(step: Step, from: &Place, to: &Place, words: &Words<'_>) -> Sentence {
    let rows: Vec<_> = TABLE.iter().filter(|row| row.from == from.kind()).collect();
    let may = |pick: fn(Sentence) -> String, comma: &str| {
        let one = |row: &&super::legal::Lawful| format!("{} → {}", pick(row.step.words()), pick(row.to.words()));
        rows.iter().map(one).collect::<Vec<_>>().join(comma)
    };
    let (step, from, to) = (step.words(), words.place(from), words.place(to));
    Sentence::new(
        format!("“{}”不能从{}到{}；可以：{}", step.zh, from.zh, to.zh, may(|said| said.zh, "；")),
        format!(
            "'{}' does not lead from {} to {}; what may be done there: {}",
            step.en,
            from.en,
            to.en,
            may(|said| said.en, "; ")
        ),
    )
}

fn not_there(
    seeds: &SeedSet,
    place: &Place,
    at: Timestamp,
    elsewhere: &[Whereabouts],
    later: Option<(u32, Timestamp)>,
    words: &Words<'_>,
) -> Sentence {
    let (when, wanted) = (words.moment(at), words.place(place));
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    // a list of a dozen places helps nobody
    for one in elsewhere.iter().take(4) {
        let there = words.place(&one.place);
        if let Some((number, since, step)) = one.since {
            let (since, step) = (words.moment(since), step.words());
            zh.push(format!("{} 号在{}（第 {number} 条“{}”，{since}）", one.seeds, there.zh, step.zh));
            en.push(format!("{} in {} (movement {number}, '{}', at {since})", one.seeds, there.en, step.en));
        } else {
            zh.push(format!("{} 号在{}", one.seeds, there.zh));
            en.push(format!("{} in {}", one.seeds, there.en));
        }
    }
    if elsewhere.len() > 4 {
        zh.push("……".to_owned());
        en.push("…".to_owned());
    }
    let step = elsewhere.first().and_then(|one| leads(one.place.kind(), place.kind()));
    let (advice_zh, advice_en) = match (later, step) {
        (Some((number, moment)), _) => {
            let moment = words.moment(moment);
            (
                format!("第 {number} 条（{moment}）才把粒子移到该处，请填写此后的时间"),
                format!("movement {number} brings them there only at {moment}, so give a later moment"),
            )
        }
        (None, Some(step)) => {
            let step = step.words();
            (
                format!("请选择其他粒子，或先登记“{}”把它们移到{}", step.zh, wanted.zh),
                format!("choose other seeds, or enter first how they came to {} ('{}')", wanted.en, step.en),
            )
        }
        (None, None) => (
            "请选择其他粒子，或先登记更正把它们移到别处的那一条".to_owned(),
            "choose other seeds, or correct the movement that took them elsewhere first".to_owned(),
        ),
    };
    Sentence::new(
        format!("{when} 时 {seeds} 号粒子不在{}：{}；{advice_zh}", wanted.zh, zh.join("，")),
        format!("seeds {seeds} are not in {} at {when}: {}; {advice_en}", wanted.en, en.join(", ")),
    )
}
