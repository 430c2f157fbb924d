//! A look at a mapping before anything is taken: the first rows as they would be read, and for each column what it holds.

use std::collections::BTreeSet;

use records::forms::Forms;

use super::mapping::{Mapping, MappingError, Target};
use super::read::{Raw, Sheet};
use super::rows::{There, body, shortened};
use super::value::{Reading, Wrong};

/// Most different values that are listed of a column.
const MOST_SAMPLES: usize = 12;

/// One value as it would be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// what stands there, shortened
    pub raw: String,
    /// what it becomes; `None` where it is empty
    pub value: Option<String>,
    /// why it cannot be read
    pub wrong: Option<Wrong>,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnStats {
    /// its header
    pub header: String,
    /// where it goes
    pub to: Target,
    /// rows in which it says something
    pub filled: usize,
    /// rows in which it says nothing
    pub empty: usize,
    /// rows in which it cannot be read
    pub wrong: usize,
    /// different values, the first of them
    pub samples: Vec<String>,
    /// whether there are more different values than samples
    pub more: bool,
    /// smallest and largest, of numbers and days
    pub range: Option<(String, String)>,
}

/// A look at a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// rows below the headers
    pub rows: usize,
    /// the first of them: number, and the values by column of the mapping
    pub first: Vec<(u32, Vec<Seen>)>,
    /// what each column of the mapping holds
    pub columns: Vec<ColumnStats>,
}

/// Looks at all rows, and shows the first of them.
pub fn preview(
    forms: &Forms,
    mapping: &Mapping,
    sheets: &[Sheet],
    there: &There,
    first: usize,
) -> Result<Preview, MappingError> {
    let rows = body(mapping, sheets)?;
    let mut shown: Vec<(u32, Vec<Seen>)> = rows.iter().take(first).map(|row| (row.number, Vec::new())).collect();
    let mut columns = Vec::new();
    for assigned in &mapping.columns {
        let Some((kind, ..)) = assigned.to.described(forms) else { continue };
        let list = match &assigned.to {
            Target::Form(form, field) => {
                forms.get(form).and_then(|form| form.field(field)).is_some_and(|field| field.list)
            }
            _ => false,
        };
        let reading = Reading { mapping, assigned, people: &there.people };
        let mut stats = ColumnStats {
            header: assigned.header.clone(),
            to: assigned.to.clone(),
            filled: 0,
            empty: 0,
            wrong: 0,
            samples: Vec::new(),
            more: false,
            range: None,
        };
        let mut different: BTreeSet<String> = BTreeSet::new();
        let (mut least, mut most): (Option<Ordered>, Option<Ordered>) = (None, None);
        for (at, row) in rows.iter().enumerate() {
            let raw = row.cells.get(&assigned.column);
            let read = raw.map_or(Ok(None), |raw| reading.value(&kind, list, raw));
            match &read {
                Ok(Some(value)) => {
                    stats.filled += 1;
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    if let Some(ordered) = Ordered::of(&kind, &text) {
                        least = Some(least.map_or_else(|| ordered.clone(), |there| there.smaller(&ordered)));
                        most = Some(most.map_or_else(|| ordered.clone(), |there| there.larger(&ordered)));
                    }
                    if different.len() <= MOST_SAMPLES {
                        different.insert(text.chars().take(60).collect());
                    }
                }
                Ok(None) => stats.empty += 1,
                Err(_) => stats.wrong += 1,
            }
            if let Some((_, seen)) = shown.get_mut(at) {
                seen.push(as_seen(raw, read));
            }
        }
        stats.more = different.len() > MOST_SAMPLES;
        stats.samples = different.into_iter().take(MOST_SAMPLES).collect();
        stats.range = least.zip(most).map(|(least, most)| (least.text, most.text));
        columns.push(stats);
    }
    Ok(Preview { rows: rows.len(), first: shown, columns })
}

fn as_seen(raw: Option<&Raw>, read: Result<Option<serde_json::Value>, Wrong>) -> Seen {
    let text = |value: serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (value, wrong) = match read {
        Ok(value) => (value.map(text), None),
        Err(wrong) => (None, Some(wrong)),
    };
    Seen { raw: raw.map(shortened).unwrap_or_default(), value, wrong }
}

/// A value that has a place in an order.
#[derive(Debug, Clone)]
struct Ordered {
    rank: f64,
    text: String,
}

impl Ordered {
    fn of(kind: &records::forms::FieldKind, text: &str) -> Option<Self> {
        use records::forms::FieldKind;
        let rank = match kind {
            FieldKind::Whole | FieldKind::Number => text.parse().ok()?,
            FieldKind::Date | FieldKind::DateTime => {
                let day: jiff::civil::Date = text.get(..10)?.parse().ok()?;
                f64::from(i32::from(day.year()) * 400 + i32::from(day.day_of_year()))
            }
            _ => return None,
        };
        Some(Self { rank, text: text.to_owned() })
    }

    fn smaller(self, other: &Self) -> Self {
        if other.rank < self.rank { other.clone() } else { self }
    }

    fn larger(self, other: &Self) -> Self {
        if other.rank > self.rank { other.clone() } else { self }
    }
}
