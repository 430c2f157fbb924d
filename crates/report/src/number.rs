//! Numbers as they print: sensible digits, a real minus sign, and "—" for what is not a number.

/// What stands where there is no value.
pub(crate) const NOTHING: &str = "—";

/// A number with `decimals` digits after the point.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    if value.abs() >= 1e7 {
        return format!("{value:.2e}").replace('-', "−");
    }
    let text = format!("{value:.decimals$}");
    // "-0.0" is zero
    if text.trim_start_matches('-').chars().all(|c| matches!(c, '0' | '.')) {
        return text.trim_start_matches('-').to_owned();
    }
    text.replace('-', "−")
}

/// Digits after the point that a value in this unit deserves.
pub(crate) fn decimals(value: f64, unit: &str) -> usize {
    match unit {
        "cm³" | "cc" | "cm3" if value.abs() < 10.0 => 2,
        // beside a seed the dose itself is not known to a tenth of a gray
        "Gy" | "cm³" | "cc" | "cm3" if value.abs() >= 999.5 => 0,
        "Gy" | "%" | "mm" | "d" | "°" | "cm³" | "cc" | "cm3" => 1,
        "" => 2,
        _ if value.abs() < 1.0 => 3,
        _ if value.abs() < 100.0 => 2,
        _ => 1,
    }
}

/// A value with the digits its unit deserves; no unit.
pub(crate) fn value(value: f64, unit: &str) -> String {
    fixed(value, decimals(value, unit))
}

/// A value, its uncertainty where known, and its unit: `154.1 ± 2.3 Gy`.
pub(crate) fn with_unit(value: f64, uncertainty: Option<f64>, unit: &str) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    let digits = decimals(value, unit);
    let mut text = fixed(value, digits);
    if let Some(u) = uncertainty.filter(|u| u.is_finite()) {
        text.push_str(" ± ");
        text.push_str(&fixed(u, digits));
    }
    if !unit.is_empty() {
        text.push('\u{a0}');
        text.push_str(unit);
    }
    text
}

/// The first `n` characters of a hash.
pub(crate) fn short_hash(hash: &str, n: usize) -> String {
    if hash.is_empty() { NOTHING.to_owned() } else { hash.chars().take(n).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_follow_the_unit_and_what_is_no_number_is_a_dash() {
        assert_eq!(with_unit(154.07, Some(2.31), "Gy"), "154.1 ± 2.3\u{a0}Gy");
        assert_eq!(with_unit(f64::NAN, Some(2.31), "Gy"), "—");
        assert_eq!(with_unit(0.5, Some(f64::INFINITY), "cm³"), "0.50\u{a0}cm³");
        assert_eq!(value(0.842, ""), "0.84");
        assert_eq!((value(999.4, "Gy"), value(2177.8, "Gy")), ("999.4".to_owned(), "2178".to_owned()));
        assert_eq!(fixed(-0.04, 1), "0.0");
        assert_eq!(fixed(-12.34, 1), "−12.3");
        assert_eq!(fixed(f64::NEG_INFINITY, 1), "—");
        assert_eq!(fixed(1.0e300, 1), "1.00e300");
    }
}
