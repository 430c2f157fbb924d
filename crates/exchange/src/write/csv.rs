//! CSV in UTF-8: a comma between cells, quotes where they are needed, CR LF at the end of a line (RFC 4180).

use std::borrow::Cow;
use std::io::Write;

use super::WriteError;
use crate::table::{Cell, Table};

/// What tells Excel that a CSV is UTF-8.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// Begins a table.
pub(super) fn begin<W: Write>(mut out: W, table: &Table, bom: bool) -> Result<::csv::Writer<W>, WriteError> {
    if bom {
        out.write_all(BOM)?;
    }
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(out);
    writer.write_record(table.columns.iter().map(|column| column.name.as_str()))?;
    Ok(writer)
}

/// Writes a row.
pub(super) fn row<W: Write>(writer: &mut ::csv::Writer<W>, cells: &[Cell]) -> Result<(), WriteError> {
    for cell in cells {
        match cell {
            Cell::Text(text) => writer.write_field(guarded(text).as_bytes())?,
            other => writer.write_field(other.plain())?,
        }
    }
    writer.write_record(None::<&[u8]>)?;
    Ok(())
}

/// Whether a spreadsheet could take a text for a formula (OWASP, "CSV Injection"): it begins with `=`, `+`, `-`, `@`, their full-width
/// forms, a tab or a line end, after any number of the apostrophes that guard it.
fn could_be_a_formula(text: &str) -> bool {
    let first = text.trim_start_matches('\'').chars().next();
    first.is_some_and(|first| matches!(first, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\t' | '\r' | '\n'))
}

/// A text that a spreadsheet will not run: an apostrophe stands before it where it could be taken for a formula.
pub fn guarded(text: &str) -> Cow<'_, str> {
    if could_be_a_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text that [`guarded`] was given.
pub fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if could_be_a_formula(rest) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_guarded() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "＝1"] {
            assert!(guarded(text).starts_with('\''), "{text}");
        }
        assert_eq!(guarded("O'Brien"), "O'Brien");
        assert_eq!(guarded("'quoted'"), "'quoted'");
    }

    proptest! {
        #[test]
        fn what_was_guarded_can_be_had_back(text in "['=+@a-]{0,6}\\PC{0,4}") {
            let safe = guarded(&text);
            prop_assert_eq!(unguarded(&safe), text.as_str());
            prop_assert!(!safe.starts_with(['=', '+', '-', '@']));
        }
    }
}
