//! Days that cannot be right together: of the implant, of the scan, and of the day the strength was stated for.

use jiff::civil::Date;
use physics::Seconds;

use super::Notice;

/// A strength is usually stated for the planned day of the implant; an implant that was brought forward by more than this is rarer than a
/// slip of the pen. ¹²⁵I is then 18 % stronger than stated, ¹⁰³Pd 77 % (see `docs/methods/workspace.md`).
const LATE_DAYS: i32 = 14;

/// The days of a verification, as far as they are known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Days {
    /// of the implant
    pub implanted: Option<Date>,
    /// of the CT
    pub scanned: Option<Date>,
}

impl Days {
    /// What is odd about the scan's day.
    pub fn of_scan(self) -> Option<Notice> {
        let (implanted, scanned) = (self.implanted?, self.scanned?);
        (scanned < implanted).then(|| {
            Notice::serious(
                format!(
                    "CT 的日期（{scanned}）早于植入日期（{implanted}）：这不是术后影像，或有一个日期有误。签字前须查明。"
                ),
                format!(
                    "the CT of {scanned} is from before the implant of {implanted}: it is not a post-implant CT, or one of the dates is \
                     wrong; find out before signing"
                ),
            )
        })
    }

    /// What is odd about the day for which a strength was stated.
    pub fn of_strength(self, stated: Date, half_life: Seconds) -> Option<Notice> {
        // without the implant's day the scan's will do: no seed is implanted after its scan
        let (day, zh, en) = match (self.implanted, self.scanned) {
            (Some(day), _) => (day, "植入日期", "the implant"),
            (None, Some(day)) => (day, "CT 日期", "the CT"),
            (None, None) => return None,
        };
        let later = (stated - day).get_days();
        if later > LATE_DAYS {
            return Some(Notice::warning(
                format!("粒子强度的参考日期（{stated}）比{zh}（{day}）晚 {later} 天；请与粒子证书核对。"),
                format!(
                    "the strength is stated for {stated}, {later} days after {en} of {day}; check it with the certificate of the seeds"
                ),
            ));
        }
        let half_life_days = half_life.days();
        (self.implanted.is_some() && f64::from(-later) > half_life_days).then(|| {
            let n = -later;
            Notice::warning(
                format!(
                    "粒子强度的参考日期（{stated}）比植入日期（{day}）早 {n} 天，已超过一个半衰期（{half_life_days:.1} d），植入时强度不足\
                     所述的一半；请与粒子证书核对。"
                ),
                format!(
                    "the strength is stated for {stated}, {n} days before the implant of {day} and more than a half-life \
                     ({half_life_days:.1} d): less than half of it was left; check it with the certificate of the seeds"
                ),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::Level;
    use super::*;

    const I125: Seconds = Seconds::from_days(59.4);

    #[test]
    fn a_scan_before_the_implant_is_serious_and_one_of_the_same_day_is_not() {
        let on = |day| Days { implanted: Some(date(2026, 3, 10)), scanned: Some(date(2026, 3, day)) };
        let notice = on(9).of_scan().unwrap();
        assert_eq!(notice.level, Level::Serious);
        assert!(notice.zh.contains("2026-03-09") && notice.en.contains("2026-03-09"), "{notice:?}");
        assert_eq!((on(10).of_scan(), on(11).of_scan()), (None, None));
        assert_eq!(Days { scanned: None, ..on(9) }.of_scan(), None);
    }

    #[test]
    fn a_strength_of_long_after_or_long_before_the_implant_is_told() {
        let days = Days { implanted: Some(date(2026, 3, 10)), scanned: Some(date(2026, 4, 9)) };
        let told = |stated| days.of_strength(stated, I125).map(|notice| notice.level);
        assert_eq!((told(date(2026, 3, 10)), told(date(2026, 3, 24)), told(date(2026, 1, 20))), (None, None, None));
        assert_eq!((told(date(2026, 3, 25)), told(date(2027, 3, 1))), (Some(Level::Warning), Some(Level::Warning)));
        assert_eq!((told(date(2026, 1, 10)), told(date(2026, 1, 8))), (None, Some(Level::Warning)));
        // a month of days must not hide in months
        let notice = days.of_strength(date(2026, 5, 20), I125).unwrap();
        assert!(notice.zh.contains("71 天") && notice.en.contains("71 days"), "{notice:?}");
        let unknown = Days { implanted: None, ..days };
        assert!(unknown.of_strength(date(2026, 4, 24), I125).unwrap().en.contains("the CT"));
        assert_eq!(
            (unknown.of_strength(date(2026, 1, 1), I125), Days::default().of_strength(date(2026, 1, 1), I125)),
            (None, None)
        );
    }
}
