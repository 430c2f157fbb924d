//! The pack of an inspection as a PDF.

use records::forms::Forms;
use records::ledger::Head;
use records::norms::inspection::Inspection;
use report::Language;
use report::inspection::{Around, FormName, pdf};
use report::verification::{Fonts, ReportError};

use crate::server::SOFTWARE;
use crate::verify::moment;

#[derive(Debug)]
struct Names<'a>(&'a Forms);

impl FormName for Names<'_> {
    fn name(&self, form: &str, language: Language) -> String {
        self.0.get(form).map_or_else(
            || form.to_owned(),
            |form| if language == Language::Chinese { form.label.zh.clone() } else { form.label.en.clone() },
        )
    }
}

/// Typesets it.
///
/// # Errors
/// When the file cannot be written.
pub fn typeset(
    inspections: &[Inspection],
    forms: &Forms,
    head: Head,
    now: &jiff::Zoned,
    language: Language,
) -> Result<Vec<u8>, ReportError> {
    let around = Around {
        form: &Names(forms),
        software: SOFTWARE.to_owned(),
        generated: moment(now),
        head: format!("{}:{}", head.seq, head.hash),
    };
    pdf(inspections, &around, language, &Fonts::embedded())
}
