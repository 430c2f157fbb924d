//! Reporting to the province: what would be sent, packages, receipts, and what is late.
//!
//! A package is kept as a file of the `province_upload` records that say it was sent: one for each case in it. So it belongs to its cases,
//! goes into backups, and needs no list of its own.

mod owing;
mod packages;
mod ready;
mod receipts;

pub use owing::{Owed, Owing, owing};
pub use packages::{Sent, find, packages, send};
pub use ready::{Candidate, Ready, ready};
pub use receipts::{Answered, answer};

use exchange::province::Limits;
use records::forms::Forms;
use records::record::{About, Attachment};
use records::{Account, Case, Change, Commit, Id, Record, Store};
use serde_json::{Map, Value};
use store::Objects;

use crate::clock::Clock;
use crate::register::trouble::Trouble;

/// The form that a report is kept by.
const FORM: &str = "province_upload";
/// Media type of a package among a record's files.
pub const PACKAGE: &str = "application/vnd.dosewright.province-package+json";
/// Cases that are read at once.
const CASES: u32 = 200;

/// Within how many days.
///
/// # Errors
/// When the table is not as it should be; a test holds that it is.
pub fn limits() -> Result<Limits, Trouble> {
    Limits::builtin().map_err(Trouble::failed)
}

/// Who acts, where files are kept, and the time.
pub struct Hands<'a> {
    /// records
    pub store: &'a dyn Store,
    /// files
    pub objects: &'a Objects,
    /// what can be filled in
    pub forms: &'a Forms,
    /// time
    pub clock: &'a Clock,
    /// who
    pub who: Id<Account>,
}

impl Hands<'_> {
    /// The record by which a step is kept.
    fn record(&self, case: Id<Case>, values: Map<String, Value>, files: Vec<Attachment>) -> Result<Record, Trouble> {
        let form = self.forms.get(FORM).ok_or_else(|| Trouble::failed("the form province_upload is missing"))?;
        form.check(&values).map_err(|wrong| {
            let lines = |text: fn(&records::forms::FieldError) -> &String| {
                wrong.iter().map(|one| text(one).clone()).collect::<Vec<_>>().join("; ")
            };
            Trouble::refused(lines(|one| &one.zh), lines(|one| &one.en))
        })?;
        Ok(Record {
            id: self.clock.new_id(),
            version: 1,
            form: form.name.clone(),
            edition: form.edition,
            about: About::Case(case),
            day: form.record_day(&values).unwrap_or_else(|| self.clock.today()),
            until: form.record_until(&values),
            unique: form.record_unique(&values),
            values,
            files,
            withdrawn: false,
            created_by: self.who,
            created: self.clock.now(),
        })
    }

    async fn keep(&self, name: String, media_type: &str, bytes: &[u8]) -> Result<Attachment, Trouble> {
        let kept = self.objects.put(bytes).await.map_err(Trouble::failed)?;
        Ok(Attachment { file_name: name, media_type: media_type.to_owned(), content: kept.content, bytes: kept.bytes })
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), Trouble> {
        let at = self.clock.now();
        let commit = Commit { who: Some(self.who), at, why: String::new(), changes, work: Vec::new() };
        Ok(self.store.commit(commit).await.map(drop)?)
    }
}

/// A text as a part of a name of a file.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(40).collect()
}
