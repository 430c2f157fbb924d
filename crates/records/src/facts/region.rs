//! Where the targets lie, which is what organs' own denominators are made of (5.1.7.4.2), and the nodules of 5.1.8.8.2.

use super::derive::CaseFile;
use super::{Fact, FactSet};
use crate::Record;

/// All facts of this file: a case with several diagnoses lies in every region they name.
pub(super) fn facts(file: CaseFile<'_>) -> FactSet {
    let regions =
        file.of("diagnosis").flat_map(|record| record.texts("region")).fold(
            FactSet::NONE,
            |set, region| match region {
                "pelvis" | "prostate" => set.with(Fact::Pelvic),
                "thorax" => set.with(Fact::Thoracic),
                "oesophagus" => set.with(Fact::Thoracic).with(Fact::Oesophageal),
                "spine" => set.with(Fact::Spinal),
                "brain" => set.with(Fact::Cerebral),
                "abdomen" => set.with(Fact::Abdominal),
                _ => set,
            },
        );
    let nodules: Vec<&Record> = file.of("diagnosis").filter(|record| is_benign_nodule(record)).collect();
    let small = |record: &&Record| record.number("largest_diameter_cm").is_some_and(|cm| cm < 2.0);
    regions
        .when(!nodules.is_empty(), Fact::BenignThyroid)
        .when(!nodules.is_empty() && nodules.iter().all(small), Fact::Below2Cm)
}

/// In the thyroid, and said not to be malignant.
fn is_benign_nodule(record: &Record) -> bool {
    record.texts("region").contains(&"thyroid")
        && record.values.get("malignant") == Some(&serde_json::Value::Bool(false))
}
