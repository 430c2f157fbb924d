//! Whether the indication of a seed implant is right by the national indicator 5.1.7.1 (2022): at least two of ①–③ and at least three
//! of ④–⑨.
//!
//! ① reads 局部晚期肿瘤已失去手术机会（前列腺癌除外）. We read the brackets as: of prostate cancer the loss of surgery is not asked, so ①
//! does not stand in its way and counts as met. The other reading, that ① can never be met by prostate cancer, would call every
//! first implant of a prostate wrong. Where the two readings differ, [`Judgement::rests_on_reading`] says so.

use serde::{Deserialize, Serialize};

use crate::Record;

/// Fewest of ①–③.
pub const LEAST_TUMOUR: usize = 2;
/// Fewest of ④–⑨.
pub const LEAST_PATIENT: usize = 3;

/// The nine criteria: number as printed, field of the form `indication`, short Chinese and English names.
pub const CRITERIA: [(char, &str, &str, &str); 9] = [
    ('①', "no_surgery_any_more", "已失去手术机会", "surgery no longer possible"),
    ('②', "diameter_at_most_7cm", "最大径≤7 cm", "largest diameter at most 7 cm"),
    (
        '③',
        "recurrent_or_metastatic",
        "复发或转移（≤5 个，单个≤5 cm）",
        "recurrence or metastases (at most 5, each at most 5 cm)",
    ),
    ('④', "kps_at_least_70", "KPS≥70", "KPS at least 70"),
    ('⑤', "has_needle_path", "有进针路径", "a path for the needles"),
    ('⑥', "luminal_obstruction", "空腔脏器恶性梗阻", "malignant obstruction of a hollow organ"),
    ('⑦', "no_contraindication", "无严重穿刺禁忌证", "no serious contraindication to puncture"),
    ('⑧', "survival_at_least_3_months", "预计生存期≥3 个月", "expected survival at least 3 months"),
    ('⑨', "refused_other", "拒绝其他治疗", "other treatment refused"),
];

/// What was found of the nine criteria.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// ① to ⑨ in order
    pub criteria: [bool; 9],
    /// it is prostate cancer: ① is not asked
    pub prostate: bool,
}

impl Found {
    /// From a filled-in form `indication`; what was not filled in does not hold.
    pub fn of(record: &Record) -> Self {
        Self { criteria: CRITERIA.map(|(_, field, _, _)| record.yes(field)), prostate: record.yes("prostate") }
    }
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// the indication is right
    pub right: bool,
    /// how many of ①–③ count
    pub tumour: usize,
    /// how many of ④–⑨ hold
    pub patient: usize,
    /// which hold, as printed; ① of prostate cancer is among them
    pub hold: Vec<char>,
    /// which do not
    pub missing: Vec<char>,
    /// ① was not asked, because it is prostate cancer
    pub not_asked: bool,
    /// right only because ① is read as not asked of prostate cancer
    pub rests_on_reading: bool,
    /// one sentence in Chinese
    pub zh: String,
    /// one sentence in English
    pub en: String,
}

/// Judges by the rule.
pub fn judge(found: Found) -> Judgement {
    let mut counts = found.criteria;
    counts[0] |= found.prostate;
    let of = |range: std::ops::Range<usize>| counts[range].iter().filter(|holds| **holds).count();
    let (tumour, patient) = (of(0..3), of(3..9));
    let right = tumour >= LEAST_TUMOUR && patient >= LEAST_PATIENT;
    let which = |asked: bool| {
        CRITERIA
            .iter()
            .zip(counts)
            .filter(|(_, holds)| *holds == asked)
            .map(|(criterion, _)| criterion.0)
            .collect::<Vec<_>>()
    };
    // how many of ①–③ would hold if ① could never be met by prostate cancer
    let strict = tumour - usize::from(found.prostate);
    let mut judgement = Judgement {
        right,
        tumour,
        patient,
        hold: which(true),
        missing: which(false),
        not_asked: found.prostate,
        rests_on_reading: right && strict < LEAST_TUMOUR,
        zh: String::new(),
        en: String::new(),
    };
    (judgement.zh, judgement.en) = sentences(&judgement);
    judgement
}

fn sentences(judgement: &Judgement) -> (String, String) {
    let Judgement { right, tumour, patient, .. } = judgement;
    let names = |chars: &[char], from: usize, to: usize| {
        let within = CRITERIA[from..to].iter().filter(|one| chars.contains(&one.0));
        within.map(|one| one.0).collect::<String>()
    };
    let list = |chars: &[char], from, to| match names(chars, from, to) {
        none if none.is_empty() => "–".to_owned(),
        some => some,
    };
    let (first, second) = (list(&judgement.hold, 0, 3), list(&judgement.hold, 3, 9));
    let mut zh = format!(
        "植入指征{}：①～③符合 {tumour} 项（{first}，至少 {LEAST_TUMOUR} 项），④～⑨符合 {patient} 项（{second}，至少 {LEAST_PATIENT} 项）",
        if *right { "正确" } else { "不符合" }
    );
    let mut en = format!(
        "The indication is {}: {tumour} of ①–③ ({first}; at least {LEAST_TUMOUR}), {patient} of ④–⑨ ({second}; at least {LEAST_PATIENT})",
        if *right { "right" } else { "not right" }
    );
    for (count, least, from, to) in [(*tumour, LEAST_TUMOUR, 0, 3), (*patient, LEAST_PATIENT, 3, 9)] {
        if count < least {
            let missing = names(&judgement.missing, from, to);
            zh = format!("{zh}；{missing} 中还须至少 {} 项", least - count);
            en = format!("{en}; at least {} more of {missing}", least - count);
        }
    }
    if judgement.not_asked {
        zh += "；前列腺癌不要求①，按符合计";
        en += "; ① is not asked of prostate cancer and counts as met";
    }
    (zh + "。", en + ".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::Forms;

    fn found(bits: u32, prostate: bool) -> Found {
        Found { criteria: std::array::from_fn(|at| bits & (1 << at) != 0), prostate }
    }

    /// An independent count: masks of bits instead of lists of criteria.
    fn by_masks(bits: u32) -> bool {
        (bits & 0b111).count_ones() > 1 && (bits & 0b1_1111_1000).count_ones() > 2
    }

    #[test]
    fn all_combinations_agree_with_an_independent_count() {
        let mut right = 0;
        for bits in 0..512 {
            let judgement = judge(found(bits, false));
            assert_eq!(judgement.right, by_masks(bits), "{bits:b}");
            assert!(!judgement.rests_on_reading && !judgement.not_asked);
            assert_eq!(judgement.hold.len(), bits.count_ones() as usize);
            assert_eq!(judgement.hold.len() + judgement.missing.len(), 9);
            right += usize::from(judgement.right);

            // of prostate cancer: as if ① held; and what the stricter reading says
            let prostate = judge(found(bits, true));
            assert_eq!(prostate.right, by_masks(bits | 1), "{bits:b}");
            assert_eq!(prostate.rests_on_reading, by_masks(bits | 1) && !by_masks(bits & !1), "{bits:b}");
        }
        // of ①–③ 3 + 1 = 4 ways hold two or more, of ④–⑨ 64 − 1 − 6 − 15 = 42 hold three or more
        assert_eq!(right, 4 * 42);
    }

    #[test]
    fn the_sentence_says_what_holds_and_what_is_missing() {
        let judgement = judge(found(0b0_0001_1010, false));
        assert!(!judgement.right);
        assert_eq!(
            judgement.en,
            "The indication is not right: 1 of ①–③ (②; at least 2), 2 of ④–⑨ (④⑤; at least 3); at least 1 more of ①③; \
             at least 1 more of ⑥⑦⑧⑨."
        );
        let prostate = judge(found(0b0_1101_1010, true));
        assert!(prostate.right && prostate.rests_on_reading);
        assert_eq!(
            prostate.zh,
            "植入指征正确：①～③符合 2 项（①②，至少 2 项），④～⑨符合 4 项（④⑤⑦⑧，至少 3 项）；前列腺癌不要求①，按符合计。"
        );
    }

    #[test]
    fn the_form_has_the_criteria() {
        let forms = Forms::builtin();
        let form = forms.get("indication").unwrap();
        for (number, field, _, _) in CRITERIA {
            assert!(form.field(field).unwrap().label.zh.starts_with(number), "{field}");
        }
        assert!(form.field("prostate").is_some());
    }
}
