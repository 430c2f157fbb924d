//! Unique identifiers, as they are written and as they are meant.

/// A UID without the spaces and NULs around it.
pub fn trim_uid(uid: &str) -> &str {
    uid.trim_matches(|c: char| c.is_whitespace() || c == '\0')
}

/// Whether two UIDs name the same thing: padding and leading zeros of components (which the standard forbids
/// but some writers produce) make no difference. An empty UID is the same as none, not even as another empty one.
pub fn same_uid(a: &str, b: &str) -> bool {
    let (a, b) = (trim_uid(a), trim_uid(b));
    if a.is_empty() || b.is_empty() {
        return false;
    }
    a == b || a.split('.').map(significant).eq(b.split('.').map(significant))
}

fn significant(component: &str) -> &str {
    let digits = component.trim_start_matches('0');
    if digits.is_empty() && !component.is_empty() { "0" } else { digits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_and_padding_do_not_matter() {
        assert!(same_uid("1.2.03.0.5\0", " 1.2.3.00.5"));
        assert!(!same_uid("1.2.30.0.5", "1.2.3.0.5"));
        assert!(!same_uid("1.2", "1.2."));
        assert!(!same_uid("", ""));
    }
}
