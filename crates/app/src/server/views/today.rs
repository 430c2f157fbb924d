//! What there is to do.

use jiff::civil::Date;
use records::store::CaseRow;
use serde::Serialize;
use utoipa::ToSchema;

/// How urgent something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// should have been done already
    Now,
    /// is due
    Due,
    /// will be due
    Soon,
}

/// One thing to do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TodoRow)]
pub struct Row {
    /// what it leads to: `case`, `lot` or `record`
    pub kind: &'static str,
    /// its identifier
    pub id: String,
    /// what it is called
    pub text: String,
    /// how many seeds or steps
    pub count: Option<u32>,
    /// its day
    pub day: Option<String>,
}

impl Row {
    /// A case.
    pub fn of(row: &CaseRow, day: Option<Date>) -> Self {
        Self {
            kind: "case",
            id: row.case.id.to_string(),
            text: format!("{} {}", row.case.number, row.patient.name),
            count: None,
            day: day.map(|day| day.to_string()),
        }
    }
}

/// Things to do of one kind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TodoGroup)]
pub struct Group {
    /// `seeds_lost`, `incidents`, `cases_overdue`, `visits_overdue`, `lapsed`, `to_sign`, `to_verify`, `not_uploaded`, `seeds_issued`,
    /// `seeds_quarantine`, `seeds_received`, `no_hospital`, `seeds_assay`, `visits_soon`, `lapsing`
    pub kind: &'static str,
    /// how urgent
    pub urgency: Urgency,
    /// how many there are
    pub count: u64,
    /// the query of the list that shows them all
    pub list: String,
    /// the first of them
    pub rows: Vec<Row>,
}

/// What there is to do.
#[derive(Debug, Serialize, ToSchema)]
pub struct Today {
    /// today
    pub day: String,
    /// the most urgent first
    pub groups: Vec<Group>,
}
