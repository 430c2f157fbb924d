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
    /// see people, their credentials, the hospital's equipment, licences and papers, and what the norms say of them
    ReadRegister,
    /// enter and change hospitals and people
    EditRegister,
    /// fill in a form; which forms is narrowed by each form's `x-writes`
    WriteRecords,
    /// see lots of seeds and where every seed is
    ReadSources,
    /// enter lots and move seeds
    MoveSeeds,
    /// see indicators and the cases behind them
    ReadIndicators,
    /// freeze indicators as reported
    ReportFigures,
    /// take the register out: tables, bundles, the province's package
    ExportRecords,
    /// bring an existing register in
    ImportRecords,
}

impl Action {
    /// All actions, in the order of the table.
    pub const ALL: [Self; 22] = [
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
        Self::ReadRegister,
        Self::EditRegister,
        Self::WriteRecords,
        Self::ReadSources,
        Self::MoveSeeds,
        Self::ReadIndicators,
        Self::ReportFigures,
        Self::ExportRecords,
        Self::ImportRecords,
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
            Self::ReadRegister => "read_register",
            Self::EditRegister => "edit_register",
            Self::WriteRecords => "write_records",
            Self::ReadSources => "read_sources",
            Self::MoveSeeds => "move_seeds",
            Self::ReadIndicators => "read_indicators",
            Self::ReportFigures => "report_figures",
            Self::ExportRecords => "export_records",
            Self::ImportRecords => "import_records",
        }
    }

    /// The roles that may.
    pub fn roles(self) -> &'static [Role] {
        use Role::{Administrator, Custodian, Physician, Physicist, Quality};
        match self {
            Self::ReadCases | Self::WriteRecords | Self::ReadSources => &[Physician, Physicist, Custodian, Quality],
            Self::OpenCase | Self::EditCase | Self::EditDocuments | Self::ImportStudy => &[Physician, Physicist],
            Self::EditVerification | Self::SignAsPhysicist => &[Physicist],
            Self::SignAsPhysician => &[Physician],
            Self::FetchResults | Self::ReadIndicators => &[Physician, Physicist, Quality],
            Self::ReadLedger | Self::CheckLedger | Self::EditRegister | Self::ImportRecords => {
                &[Quality, Administrator]
            }
            // whoever works with cases sees who is who; the names stand on every record
            Self::ReadAccounts | Self::ReadRegister => &[Physician, Physicist, Custodian, Quality, Administrator],
            Self::EditAccounts => &[Administrator],
            Self::MoveSeeds => &[Custodian, Physicist],
            Self::ReportFigures | Self::ExportRecords => &[Quality],
        }
    }

    /// Whether it reaches only what belongs to the hospitals that a person belongs to. Who belongs to none named, as in a province's
    /// centre, reaches all of them.
    pub fn is_of_a_hospital(self) -> bool {
        // the chain of the ledger is one: it is checked whole or not at all, and the answer tells of nothing in it
        self != Self::CheckLedger
    }

    /// Whether somebody with these roles may.
    pub fn allowed(self, roles: &[Role]) -> bool {
        self.roles().iter().any(|role| roles.contains(role))
    }
}

/// The table role × action × site, as Markdown: `own` is what belongs to the person's hospitals, `all` is everywhere.
pub fn table() -> String {
    let row = |first: &str, cells: &[String]| format!("| {first} | {} |\n", cells.join(" | "));
    let mut text = row("action", &Role::ALL.map(|role| role.to_string()));
    text += &["|---|", &"---|".repeat(Role::ALL.len()), "\n"].concat();
    for action in Action::ALL {
        let yes = if action.is_of_a_hospital() { "own" } else { "all" };
        let may = Role::ALL.map(|role| if action.allowed(&[role]) { yes } else { "–" }.to_owned());
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
