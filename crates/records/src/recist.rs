//! Response by RECIST 1.1 from the sums of the target lesions' diameters (Eisenhauer et al., Eur J Cancer 45:228, 2009,
//! doi:10.1016/j.ejca.2008.10.026, section 4.3).
//!
//! Two texts differ on progression: RECIST 1.1 asks for an increase of at least 20 % over the smallest sum *and* of at least 5 mm; the
//! national indicator 5.1.7.5 quotes the 20 % alone. The result is that of RECIST 1.1; [`Response::progression_by_percent_alone`] and
//! the sentence say where the indicator's text would call it PD.

use serde::{Deserialize, Serialize};

use crate::Record;

/// Least decrease from baseline of a partial response, of the sum.
const PARTIAL: f64 = 0.30;
/// Least increase over the smallest sum of progression, of the sum.
const PROGRESSION: f64 = 0.20;
/// Least increase over the smallest sum of progression, mm.
const PROGRESSION_MM: f64 = 5.0;
/// Sums are measured to the millimetre or a tenth of it: what differs by less than this is equal.
const SAME_MM: f64 = 1e-6;

/// The category of response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Category {
    /// complete response
    #[serde(rename = "CR")]
    Complete,
    /// partial response
    #[serde(rename = "PR")]
    Partial,
    /// stable disease
    #[serde(rename = "SD")]
    Stable,
    /// progressive disease
    #[serde(rename = "PD")]
    Progressive,
    /// not evaluable
    #[serde(rename = "NE")]
    NotEvaluable,
}

impl Category {
    /// As it is written in the form `response`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Complete => "CR",
            Self::Partial => "PR",
            Self::Stable => "SD",
            Self::Progressive => "PD",
            Self::NotEvaluable => "NE",
        }
    }
}

/// What was measured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Measured {
    /// sum of the diameters before treatment, mm
    pub baseline_mm: Option<f64>,
    /// smallest sum so far, mm; the baseline where nothing was measured in between
    pub nadir_mm: Option<f64>,
    /// sum now, mm
    pub sum_mm: Option<f64>,
    /// a lesion that was not there before
    pub new_lesion: bool,
    /// all target lesions are gone, nodes below 10 mm in short axis: the sum of nodes need not be 0
    pub all_gone: bool,
    /// tumour markers are normal; `None` where they were not asked or never raised
    pub markers_normal: Option<bool>,
}

impl Measured {
    /// From a filled-in form `response`.
    pub fn of(record: &Record) -> Self {
        let flag = |field: &str| record.values.get(field).and_then(serde_json::Value::as_bool);
        Self {
            baseline_mm: record.number("baseline_mm"),
            nadir_mm: record.number("nadir_mm"),
            sum_mm: record.number("sum_mm"),
            new_lesion: record.yes("new_lesion"),
            all_gone: record.yes("all_gone"),
            markers_normal: flag("markers_normal"),
        }
    }
}

/// The result with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// by RECIST 1.1
    pub result: Category,
    /// change from baseline, percent; negative is smaller
    pub from_baseline_percent: Option<f64>,
    /// change from the smallest sum, percent; `None` where that is 0
    pub from_nadir_percent: Option<f64>,
    /// the national indicator's text (20 % alone) would say PD, RECIST 1.1 does not: the increase is less than 5 mm
    pub progression_by_percent_alone: bool,
    /// why, in Chinese
    pub zh: String,
    /// why, in English
    pub en: String,
}

/// Judges one time point. CR and PR stand in the indicator only once confirmed after four weeks; that is for the caller to ask.
pub fn judge(measured: &Measured) -> Response {
    let lawful = |value: Option<f64>| value.filter(|mm| mm.is_finite() && *mm >= 0.0);
    let baseline = lawful(measured.baseline_mm).filter(|mm| *mm > 0.0);
    let sum = lawful(measured.sum_mm);
    // the baseline is itself one of the sums that the smallest is taken of
    let nadir = match (lawful(measured.nadir_mm), baseline) {
        (Some(nadir), Some(baseline)) => Some(nadir.min(baseline)),
        (one, other) => one.or(other),
    };
    let percent = |from: Option<f64>| match (from, sum) {
        (Some(from), Some(sum)) if from > 0.0 => Some(100.0 * (sum - from) / from),
        _ => None,
    };
    let mut response = Response {
        result: Category::NotEvaluable,
        from_baseline_percent: percent(baseline),
        from_nadir_percent: percent(nadir),
        progression_by_percent_alone: false,
        zh: String::new(),
        en: String::new(),
    };
    let (result, zh, en) = reasons(measured, baseline, nadir, sum, &mut response.progression_by_percent_alone);
    response.result = result;
    response.zh = format!("{}：{zh}。", result.code());
    response.en = format!("{}: {en}.", result.code());
    response
}

fn reasons(
    measured: &Measured,
    baseline: Option<f64>,
    nadir: Option<f64>,
    sum: Option<f64>,
    by_percent_alone: &mut bool,
) -> (Category, String, String) {
    let say = |result, zh: &str, en: &str| (result, zh.to_owned(), en.to_owned());
    if measured.new_lesion {
        return say(Category::Progressive, "出现新病灶", "there is a new lesion");
    }
    if measured.all_gone {
        return match measured.markers_normal {
            Some(false) => say(
                Category::Partial,
                "靶病灶全部消失，但肿瘤标志物未恢复正常，不能判为 CR",
                "all target lesions are gone, but tumour markers are not normal, so it is no CR",
            ),
            Some(true) => say(
                Category::Complete,
                "靶病灶全部消失，无新病灶，肿瘤标志物正常",
                "all target lesions are gone, no new lesion, tumour markers are normal",
            ),
            None => say(
                Category::Complete,
                "靶病灶全部消失，无新病灶；未填写肿瘤标志物，治疗前升高者须恢复正常",
                "all target lesions are gone, no new lesion; tumour markers were not stated: where they were raised they must be normal",
            ),
        };
    }
    let Some(sum) = sum else {
        return say(Category::NotEvaluable, "没有本次径线和", "the sum of diameters now is missing");
    };
    let Some(nadir) = nadir else {
        return say(Category::NotEvaluable, "没有基线径线和", "the sum of diameters at baseline is missing");
    };
    let growth = sum - nadir;
    let by_percent = growth > SAME_MM && growth + SAME_MM >= PROGRESSION * nadir;
    if nadir <= SAME_MM && growth > SAME_MM {
        return say(
            Category::Progressive,
            "病灶曾全部消失（最小径线和为 0），现又出现",
            "all lesions had gone (smallest sum 0) and one is there again",
        );
    }
    if by_percent && growth + SAME_MM >= PROGRESSION_MM {
        let percent = 100.0 * growth / nadir;
        return (
            Category::Progressive,
            format!("比最小径线和 {nadir:.1} mm 增加 {growth:.1} mm（{percent:.1} %），达到 20 % 且不少于 5 mm"),
            format!(
                "{growth:.1} mm ({percent:.1} %) more than the smallest sum of {nadir:.1} mm: at least 20 % and 5 mm"
            ),
        );
    }
    *by_percent_alone = by_percent;
    let Some(baseline) = baseline else {
        return say(
            Category::NotEvaluable,
            "没有基线径线和，不能区分 PR 与 SD",
            "the sum of diameters at baseline is missing: PR and SD cannot be told apart",
        );
    };
    let percent = 100.0 * (sum - baseline) / baseline;
    let partial = sum <= (1.0 - PARTIAL) * baseline + SAME_MM;
    let (result, mut zh, mut en) = if partial {
        (
            Category::Partial,
            format!("比基线 {baseline:.1} mm 变化 {percent:+.1} %，缩小达到 30 %"),
            format!("{percent:+.1} % from the baseline of {baseline:.1} mm: smaller by at least 30 %"),
        )
    } else {
        (
            Category::Stable,
            format!("比基线 {baseline:.1} mm 变化 {percent:+.1} %，缩小不足 30 %，也未达到进展"),
            format!("{percent:+.1} % from the baseline of {baseline:.1} mm: not smaller by 30 %, and no progression"),
        )
    };
    if by_percent {
        zh = format!(
            "{zh}；比最小径线和增加已达 20 %，但只有 {growth:.1} mm（RECIST 1.1 要求不少于 5 mm）；国家质控指标原文只写 20 %，按原文为 PD"
        );
        en = format!(
            "{en}; the increase over the smallest sum is 20 % or more but only {growth:.1} mm (RECIST 1.1 asks for 5 mm); the national \
             indicator's text names 20 % alone and would say PD"
        );
    }
    (result, zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sums(baseline: f64, nadir: f64, sum: f64) -> Measured {
        Measured { baseline_mm: Some(baseline), nadir_mm: Some(nadir), sum_mm: Some(sum), ..Measured::default() }
    }

    #[test]
    fn sums_decide_at_the_edges_as_the_text_says() {
        use Category::{Partial, Progressive, Stable};
        for (baseline, nadir, sum, must, alone) in [
            (100.0, 100.0, 70.0, Partial, false),      // −30 %: at least 30
            (100.0, 100.0, 70.1, Stable, false),       // −29.9 %
            (33.0, 33.0, 23.1, Partial, false),        // −30 % that binary fractions just miss
            (100.0, 100.0, 120.0, Progressive, false), // +20 %: at least 20
            (100.0, 100.0, 119.9, Stable, false),
            (100.0, 40.0, 60.0, Progressive, false), // smaller than at baseline, yet +50 % from the smallest sum
            (100.0, 40.0, 47.9, Partial, false),     // +19.8 % from it
            (100.0, 40.0, 48.0, Progressive, false), // +20 %, 8 mm
            (20.0, 20.0, 24.0, Stable, true),        // +20 % but 4 mm
            (20.0, 20.0, 24.9, Stable, true),
            (20.0, 20.0, 25.0, Progressive, false), // 5 mm: at least 5
            (60.0, 15.0, 18.0, Partial, true),      // still −70 % from baseline; 20 % alone would say PD
            (300.0, 300.0, 306.0, Stable, false),   // more than 5 mm, far from 20 %
            (50.0, 0.0, 3.0, Progressive, false),   // had gone, is there again
            (50.0, 0.0, 0.0, Partial, false),       // nothing measurable, not said to be gone
            (50.0, 80.0, 60.0, Progressive, false), // the smallest sum is never above the baseline
            (50.0, 50.0, 50.0, Stable, false),
        ] {
            let response = judge(&sums(baseline, nadir, sum));
            assert_eq!(
                (response.result, response.progression_by_percent_alone),
                (must, alone),
                "{baseline} {nadir} {sum}: {}",
                response.en
            );
            assert!(response.zh.starts_with(must.code()) && response.en.starts_with(must.code()));
        }
    }

    #[test]
    fn findings_decide_before_sums() {
        let gone = Measured { all_gone: true, ..sums(50.0, 50.0, 9.0) };
        let result = |measured| judge(&measured).result;
        // nodes below 10 mm count as gone although their diameters are summed
        assert_eq!(result(gone), Category::Complete);
        assert_eq!(result(Measured { markers_normal: Some(true), ..gone }), Category::Complete);
        assert_eq!(result(Measured { markers_normal: Some(false), ..gone }), Category::Partial);
        assert_eq!(result(Measured { new_lesion: true, ..gone }), Category::Progressive);
        assert_eq!(result(Measured { new_lesion: true, ..Measured::default() }), Category::Progressive);
    }

    #[test]
    fn what_is_missing_is_said_and_not_guessed() {
        let result = |measured: &Measured| judge(measured).result;
        assert_eq!(result(&Measured::default()), Category::NotEvaluable);
        assert_eq!(result(&Measured { sum_mm: None, ..sums(50.0, 50.0, 0.0) }), Category::NotEvaluable);
        // the smallest sum alone shows progression, but nothing else
        let without = |nadir, sum| Measured { baseline_mm: None, ..sums(1.0, nadir, sum) };
        assert_eq!(result(&without(40.0, 60.0)), Category::Progressive);
        assert_eq!(result(&without(40.0, 40.0)), Category::NotEvaluable);
        for odd in [f64::NAN, f64::INFINITY, -3.0] {
            assert_eq!(result(&sums(50.0, 50.0, odd)), Category::NotEvaluable);
            assert_eq!(result(&sums(odd, odd, 50.0)), Category::NotEvaluable);
        }
        assert_eq!(result(&sums(0.0, f64::NAN, 50.0)), Category::NotEvaluable);
    }

    #[test]
    fn both_texts_are_quoted_where_they_differ() {
        let response = judge(&sums(20.0, 20.0, 24.0));
        assert!(
            response.en.contains("RECIST 1.1 asks for 5 mm") && response.en.contains("would say PD"),
            "{}",
            response.en
        );
        assert!(response.zh.contains("不少于 5 mm") && response.zh.contains("按原文为 PD"), "{}", response.zh);
    }

    proptest! {
        #[test]
        fn growing_never_makes_the_response_better(baseline in 10.0..200.0_f64, nadir in 0.0..1.0_f64, sum in 0.0..300.0_f64, more in 0.0..50.0_f64) {
            let rank = |sum| match judge(&sums(baseline, baseline * nadir, sum)).result {
                Category::Complete => 0,
                Category::Partial => 1,
                Category::Stable => 2,
                Category::Progressive => 3,
                Category::NotEvaluable => 4,
            };
            prop_assert!(rank(sum + more) >= rank(sum));
        }
    }
}
