//! Who may do what. The whole table is a golden file (`permissions.golden.md`), so that a change of it is seen in review.

use crate::Role;

/// Something that a person asks the program to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// list cases, open a case, its studies, images, results and papers
    ReadCases,
    /// open a case
    OpenCase,
    /// change what a case says; withdraw it
    EditCase,
    /// attach or withdraw a paper
    EditDocuments,
    /// send DICOM; withdraw a study
    ImportStudy,
    /// begin a verification, change its settings and its seeds, have seeds found, run it, begin a new version
    EditVerification,
    /// sign a verification as the physicist
    SignAsPhysicist,
    /// sign a verification as the physician
    SignAsPhysician,
    /// fetch reports, DICOM and tables of a result
    FetchResults,
    /// read the ledger
    ReadLedger,
    /// have the chain of the ledger checked
    CheckLedger,
    /// see the accounts
    ReadAccounts,
    /// make and change accounts
    EditAccounts,
}

impl Action {
    /// All actions, in the order of the table.
    pub const ALL: [Self; 13] = [
        Self::ReadCases,
        Self::OpenCase,
        Self::EditCase,
        Self::EditDocuments,
        Self::ImportStudy,
        Self::EditVerification,
        Self::SignAsPhysicist,
        Self::SignAsPhysician,
        Self::FetchResults,
        Self::ReadLedger,
        Self::CheckLedger,
        Self::ReadAccounts,
        Self::EditAccounts,
    ];

    /// Its name for machines and for the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadCases => "read_cases",
            Self::OpenCase => "open_case",
            Self::EditCase => "edit_case",
            Self::EditDocuments => "edit_documents",
            Self::ImportStudy => "import_study",
            Self::EditVerification => "edit_verification",
            Self::SignAsPhysicist => "sign_as_physicist",
            Self::SignAsPhysician => "sign_as_physician",
            Self::FetchResults => "fetch_results",
            Self::ReadLedger => "read_ledger",
            Self::CheckLedger => "check_ledger",
            Self::ReadAccounts => "read_accounts",
            Self::EditAccounts => "edit_accounts",
        }
    }

    /// The roles that may.
    pub fn roles(self) -> &'static [Role] {
        use Role::{Administrator, Custodian, Physician, Physicist, Quality};
        match self {
            Self::ReadCases => &[Physician, Physicist, Custodian, Quality],
            Self::OpenCase | Self::EditCase | Self::EditDocuments | Self::ImportStudy => &[Physician, Physicist],
            Self::EditVerification | Self::SignAsPhysicist => &[Physicist],
            Self::SignAsPhysician => &[Physician],
            Self::FetchResults => &[Physician, Physicist, Quality],
            Self::ReadLedger | Self::CheckLedger => &[Quality, Administrator],
            // whoever works with cases sees who is who; the names stand on every record
            Self::ReadAccounts => &[Physician, Physicist, Custodian, Quality, Administrator],
            Self::EditAccounts => &[Administrator],
        }
    }

    /// Whether somebody with these roles may.
    pub fn allowed(self, roles: &[Role]) -> bool {
        self.roles().iter().any(|role| roles.contains(role))
    }
}

/// The table role × action, as Markdown.
pub fn table() -> String {
    let row = |first: &str, cells: &[String]| format!("| {first} | {} |\n", cells.join(" | "));
    let mut text = row("action", &Role::ALL.map(|role| role.to_string()));
    text += &["|---|", &"---|".repeat(Role::ALL.len()), "\n"].concat();
    for action in Action::ALL {
        let may = Role::ALL.map(|role| if action.allowed(&[role]) { "yes" } else { "–" }.to_owned());
        text.push_str(&row(action.name(), &may));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_golden_one() {
        let golden = include_str!("permissions.golden.md");
        assert_eq!(table(), golden, "if the change is meant, write this table to src/permissions.golden.md");
    }

    #[test]
    fn roles_add_up_and_nobody_without_a_role_may_anything() {
        assert!(Action::ALL.iter().all(|action| !action.allowed(&[])));
        assert!(Action::EditAccounts.allowed(&[Role::Physicist, Role::Administrator]));
        assert!(!Action::ReadCases.allowed(&[Role::Administrator]));
    }
}
