//! Keeps identities out of what lists and job results show of a study. (The ledger holds no words of files at all: `records::told`.)

use image::study::Study;
use records::Patient;

/// Names and numbers that belong to patients.
#[derive(Debug, Clone, Default)]
pub struct Identity(Vec<String>);

/// What stands in their place.
const MASK: &str = "‹…›";

impl Identity {
    /// Of a patient of ours and the one that a study names.
    pub fn of(patient: &Patient, study: &Study) -> Self {
        let mut words: Vec<String> = Vec::new();
        for text in [&patient.name, &patient.number, &study.patient.name, &study.patient.id] {
            words.push(text.clone());
            words.extend(text.split(['^', '=', ' ']).map(str::to_owned));
        }
        words.retain(|word| word.trim().chars().count() >= 2);
        // the longest first, so that a name goes whole
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words.dedup();
        Self(words)
    }

    /// A text without them.
    pub fn masked(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, word| text.replace(word, MASK))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_go_whole_and_in_parts() {
        let study = Study {
            patient: image::study::Patient {
                name: "Wang^Fang=王^芳芳".into(),
                id: "P-77".into(),
                ..Default::default()
            },
            ..Study::default()
        };
        let patient = Patient {
            id: records::Id::new(0, [0; 10]),
            version: 1,
            number: "P-0077".into(),
            name: "王芳芳".into(),
            birth_date: None,
            sex: String::new(),
            salt: String::new(),
        };
        let text = Identity::of(&patient, &study)
            .masked("export/Wang_Fang P-0077/王芳芳/CT1.dcm of 'P-77' (Wang^Fang=王^芳芳)");
        for word in ["Wang", "Fang", "王芳芳", "P-77", "P-0077"] {
            assert!(!text.contains(word), "{text}");
        }
        assert!(text.contains("CT1.dcm"), "{text}");
    }
}
