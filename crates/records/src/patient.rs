//! Who was treated: identity, apart from the clinical record.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Digest, Id};

/// Identity of a patient. The ledger never holds it: an entry about a patient holds [`Patient::seal`] only, so that the
/// chain proves that nothing was exchanged without telling whom it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// which one
    pub id: Id<Patient>,
    /// counts the changes, from 1
    pub version: u32,
    /// the hospital's number of the patient (Patient ID), unique where not empty
    pub number: String,
    /// name as the patient writes it
    pub name: String,
    /// date of birth, where known
    pub birth_date: Option<Date>,
    /// `M`, `F`, `O` or empty
    pub sex: String,
    /// sixteen random bytes, hexadecimal: without them the seal could be guessed from a list of names
    pub salt: String,
}

impl Patient {
    /// The salted digest that stands for this identity in the ledger.
    pub fn seal(&self) -> Digest {
        let birth = self.birth_date.map(|date| date.to_string()).unwrap_or_default();
        let fields = [&self.salt, &self.number, &self.name, &birth, &self.sex];
        let framed: Vec<u8> = fields
            .iter()
            .flat_map(|field| (field.len() as u64).to_le_bytes().into_iter().chain(field.bytes()))
            .collect();
        Digest::of(&framed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seal_depends_on_every_field() {
        let patient = Patient {
            id: Id::new(0, [0; 10]),
            version: 1,
            number: "P-1".into(),
            name: "王芳".into(),
            birth_date: None,
            sex: "F".into(),
            salt: "00".into(),
        };
        let mut seals = vec![patient.seal()];
        seals.push(Patient { number: "P-".into(), name: "1王芳".into(), ..patient.clone() }.seal());
        seals.push(Patient { sex: "M".into(), ..patient.clone() }.seal());
        seals.push(Patient { salt: "01".into(), ..patient.clone() }.seal());
        seals.push(Patient { birth_date: Some(jiff::civil::date(1950, 1, 2)), ..patient.clone() }.seal());
        let unique: std::collections::BTreeSet<_> = seals.iter().collect();
        assert_eq!(unique.len(), seals.len());
        assert_eq!(Patient { version: 9, ..patient.clone() }.seal(), patient.seal());
    }
}
