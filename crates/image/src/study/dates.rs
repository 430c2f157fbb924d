//! Dates and times as DICOM writes them, and as people have written them into DICOM.

use dicom_core::Tag;
use dicom_object::InMemDicomObject;
use jiff::civil::{Date, DateTime, Time};

use crate::dicom::Attributes;

/// A date: `20240506`, or `2024.05.06` and `2024-05-06` as old or careless writers have it.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let digits: String = text.trim().chars().filter(|c| !matches!(c, '.' | '-')).collect();
    if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Date::new(digits.get(..4)?.parse().ok()?, digits.get(4..6)?.parse().ok()?, digits.get(6..)?.parse().ok()?).ok()
}

/// A time of day: `HHMMSS.FFFFFF`, cut off anywhere, or with colons.
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    let compact: String = text.trim().chars().filter(|c| *c != ':').collect();
    let (whole, fraction) = compact.split_once('.').unwrap_or((&compact, ""));
    if !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) || !matches!(whole.len(), 2 | 4 | 6) {
        return None;
    }
    let part = |at: usize| whole.get(at..at + 2).map_or(Some(0), |p| p.parse::<i8>().ok());
    let nanos: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    // A leap second is written as 60; it counts as the second before.
    Time::new(part(0)?, part(2)?, part(4)?.min(59), nanos.parse().ok()?).ok()
}

/// A date and time: `20240506070809.5+0800`; what follows the seconds' fraction is left out.
pub(crate) fn parse_date_time(text: &str) -> Option<DateTime> {
    let text = text.trim();
    let date = parse_date(text.get(..8)?)?;
    let rest = text.get(8..)?.split(['+', '-', '&']).next().unwrap_or_default();
    Some(date.to_datetime(if rest.is_empty() { Time::midnight() } else { parse_time(rest)? }))
}

/// A date from one attribute and the time from another, midnight when no time is stated.
pub(crate) fn date_time(object: &InMemDicomObject, date: Tag, time: Tag) -> Option<DateTime> {
    let text = |tag| object.string(tag).ok().flatten();
    let date = parse_date(&text(date)?)?;
    Some(date.to_datetime(text(time).and_then(|t| parse_time(&t)).unwrap_or(Time::midnight())))
}

/// (0008,0201) Timezone Offset From UTC, minutes.
pub(crate) fn utc_offset_minutes(object: &InMemDicomObject) -> Option<i32> {
    parse_offset(&object.string(dicom_dictionary_std::tags::TIMEZONE_OFFSET_FROM_UTC).ok().flatten()?)
}

/// `+0800`, `-0330`.
fn parse_offset(text: &str) -> Option<i32> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = text.get(1..).filter(|d| d.len() == 4 && d.bytes().all(|b| b.is_ascii_digit()))?;
    let (hours, minutes) = (digits.get(..2)?.parse::<i32>().ok()?, digits.get(2..)?.parse::<i32>().ok()?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_from_utc() {
        assert_eq!(parse_offset("+0800"), Some(480));
        assert_eq!(parse_offset("-0330"), Some(-210));
        for bad in ["", "0800", "+800", "+08:00", "+9900", "+时间"] {
            assert_eq!(parse_offset(bad), None, "{bad}");
        }
    }

    #[test]
    fn dates_and_times_in_every_form() {
        let want = jiff::civil::date(2024, 5, 6);
        for text in ["20240506", " 20240506 ", "2024.05.06", "2024-05-06"] {
            assert_eq!(parse_date(text), Some(want), "{text}");
        }
        for bad in ["", "2024", "20241306", "20240230", "２０２４０５０６", "abcdefgh"] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
        assert_eq!(parse_time("070809.25"), Some(jiff::civil::time(7, 8, 9, 250_000_000)));
        assert_eq!(parse_time("07:08:09"), Some(jiff::civil::time(7, 8, 9, 0)));
        assert_eq!(parse_time("07"), Some(jiff::civil::time(7, 0, 0, 0)));
        assert_eq!(parse_time("235960"), Some(jiff::civil::time(23, 59, 59, 0)));
        assert_eq!(parse_time("7"), None);
        assert_eq!(parse_time("250000"), None);
        assert_eq!(parse_date_time("20240506070809.5+0800"), Some(want.at(7, 8, 9, 500_000_000)));
        assert_eq!(parse_date_time("20240506"), Some(want.at(0, 0, 0, 0)));
        assert_eq!(parse_date_time("２０２４"), None);
    }
}
