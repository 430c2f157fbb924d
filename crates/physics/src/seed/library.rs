//! The seed models that are known: those compiled in and those a hospital added.

use crate::nuclide::Nuclide;
use std::sync::{Arc, LazyLock};

use include_dir::{Dir, include_dir};

use super::file::read;
use super::model::SeedModel;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../data/seeds");

/// A seed model that is not known, or a seed file that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SeedError {
    /// No model of that name.
    #[error("seed model '{name}' is not known; {hint}")]
    Unknown {
        /// what was asked for
        name: String,
        /// models with a similar name, or all
        hint: String,
    },
    /// The name fits several models.
    #[error("seed model '{name}' could be {candidates}; write one of these")]
    Ambiguous {
        /// what was asked for
        name: String,
        /// the models it fits
        candidates: String,
    },
    /// A seed file cannot be used; everything that is missing or wrong is listed.
    #[error("seed file {file} cannot be used:\n  {}", problems.join("\n  "))]
    File {
        /// its name
        file: String,
        /// all that is missing or wrong
        problems: Vec<String>,
    },
    /// A name of the new model already belongs to another one.
    #[error("seed file {file}: the name '{name}' already belongs to seed model '{owner}'; choose another")]
    Taken {
        /// the new file
        file: String,
        /// the name
        name: String,
        /// who has it
        owner: String,
    },
}

/// Seed models by name.
#[derive(Debug, Clone, Default)]
pub struct SeedLibrary {
    models: Vec<Arc<SeedModel>>,
}

impl SeedLibrary {
    /// A library without any model.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The models of `data/seeds/`, compiled in. The error names the file that does not read.
    pub fn embedded() -> Result<Self, SeedError> {
        static EMBEDDED: LazyLock<Result<SeedLibrary, SeedError>> = LazyLock::new(|| {
            let mut library = SeedLibrary::empty();
            for file in FILES.files().filter(|file| file.path().extension().is_some_and(|e| e == "toml")) {
                library.add_file(&file.path().display().to_string(), file.contents_utf8().unwrap_or_default())?;
            }
            library.models.sort_by(|a, b| a.id.cmp(&b.id));
            Ok(library)
        });
        EMBEDDED.clone()
    }

    /// Adds a model described in the format of `data/seeds/`; `file` is its name for messages.
    ///
    /// The error lists everything that is missing or wrong in the file at once.
    pub fn add_file(&mut self, file: &str, text: &str) -> Result<Arc<SeedModel>, SeedError> {
        let model = read(text).map_err(|problems| SeedError::File { file: file.to_owned(), problems })?;
        for name in names(&model) {
            let wanted = key(name);
            if let Some(owner) = self.models.iter().find(|other| names(other).any(|taken| key(taken) == wanted)) {
                return Err(SeedError::Taken { file: file.to_owned(), name: name.to_owned(), owner: owner.id.clone() });
            }
        }
        let model = Arc::new(model);
        self.models.push(Arc::clone(&model));
        Ok(model)
    }

    /// All models, by id.
    pub fn models(&self) -> impl Iterator<Item = &Arc<SeedModel>> {
        self.models.iter()
    }

    /// The model of that name: id, printed name or alias, whatever the case, spaces and punctuation.
    ///
    /// Failing that, the one model whose name is part of the text or the other way round ("I-125 (STM 1251)" finds
    /// STM1251); otherwise an error that suggests similar names.
    pub fn find(&self, name: &str) -> Result<&Arc<SeedModel>, SeedError> {
        let wanted = key(name);
        if let Some(model) = self.models.iter().find(|model| names(model).any(|n| key(n) == wanted)) {
            return Ok(model);
        }
        let similar: Vec<_> = self.models.iter().filter(|model| names(model).any(|n| contains(&wanted, n))).collect();
        match similar.as_slice() {
            [one] => Ok(one),
            [] => Err(SeedError::Unknown { name: name.to_owned(), hint: self.hint(&wanted) }),
            several => Err(SeedError::Ambiguous {
                name: name.to_owned(),
                candidates: several.iter().map(|model| model.id.as_str()).collect::<Vec<_>>().join(", "),
            }),
        }
    }

    fn hint(&self, wanted: &str) -> String {
        let mut near: Vec<(usize, &str)> = self
            .models
            .iter()
            .filter_map(|model| names(model).map(|n| distance(wanted, &key(n))).min().map(|d| (d, model.id.as_str())))
            .filter(|(d, _)| *d <= 2.max(wanted.chars().count() / 3))
            .collect();
        near.sort_unstable();
        if near.is_empty() {
            let all: Vec<_> = self.models.iter().map(|model| model.id.as_str()).collect();
            return format!("known are {}; or add your own seed file", all.join(", "));
        }
        let near: Vec<_> = near.into_iter().take(3).map(|(_, id)| id).collect();
        format!("did you mean {}?", near.join(" or "))
    }
}

fn names(model: &SeedModel) -> impl Iterator<Item = &str> {
    [model.id.as_str(), model.name.as_str()].into_iter().chain(model.aliases.iter().map(String::as_str))
}

/// Letters and digits only, lower case.
fn key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether one of the two is a part of the other; short names would be found everywhere and must match whole, and a nuclide is
/// no model: a plan that says "I-125" and no more must not become an IAI-125A.
fn contains(wanted: &str, name: &str) -> bool {
    let name = key(name);
    let long = |text: &str| text.chars().count() >= 4;
    let nuclide = Nuclide::find(wanted).is_ok();
    (long(&name) && wanted.contains(&name)) || (long(wanted) && !nuclide && name.contains(wanted))
}

/// Levenshtein distance of two short names.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().take(64).enumerate() {
        let mut diagonal = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, &cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::MarkerShape;

    fn library() -> SeedLibrary {
        SeedLibrary::embedded().unwrap()
    }

    #[test]
    fn every_embedded_file_reads() {
        let library = library();
        assert_eq!(library.models().count(), FILES.files().count());
        assert_eq!(library.models().count(), 21);
        for model in library.models() {
            let (low, high) = model.validity_mm();
            assert!(low <= 10.0 && high >= 50.0, "{}: {low} to {high} mm", model.id);
            assert!(model.active_length_mm < model.capsule.length_mm + 0.1, "{}", model.id);
        }
    }

    #[test]
    fn a_model_answers_to_all_its_names() {
        let library = library();
        for name in ["STM1251", "stm 1251", "SourceTech STM1251", "I-125 (STM 1251)", "Bard STM1251"] {
            let found = library.find(name).unwrap();
            assert_eq!(found.id, "stm1251", "{name}");
        }
        assert_eq!(library.find("selectseed").unwrap().id, "selectseed");
        assert_eq!(library.find("THINSeed").unwrap().id, "9011");
        assert_eq!(library.find("TheraSeed 200 (Pd-103)").unwrap().id, "theraseed-200");
    }

    #[test]
    fn an_unknown_name_is_answered_with_a_suggestion() {
        let library = library();
        let error = library.find("STM1521").unwrap_err().to_string();
        assert!(error.contains("STM1521") && error.contains("did you mean stm1251"), "{error}");
        let error = library.find("Xoft Axxent balloon").unwrap_err().to_string();
        assert!(error.contains("known are") && error.contains("6711"), "{error}");
        assert!(matches!(library.find(""), Err(SeedError::Unknown { .. })));
        assert!(matches!(library.find("Best"), Err(SeedError::Ambiguous { .. })));
    }

    #[test]
    fn decisions_between_sources_are_in_the_files() {
        let library = library();
        for (id, used, other) in
            [("selectseed", 0.34, 0.30), ("agx100", 0.952, 0.943), ("iapd-103a", 0.693, 0.709), ("9011", 0.933, 0.923)]
        {
            let model = library.find(id).unwrap();
            let [conflict] = model.conflicts.as_slice() else { panic!("{id} has one conflict") };
            assert_eq!((conflict.used, conflict.other), (used, other), "{id}");
            let in_use = [model.dose_rate_constant, model.active_length_mm / 10.0];
            assert!(in_use.contains(&used), "{id} uses {in_use:?}");
        }
    }

    #[test]
    fn markers_lie_inside_the_capsule() {
        let mut seen = 0;
        for model in library().models() {
            for marker in &model.capsule.markers {
                seen += 1;
                let (diameter, length) = match marker.shape {
                    MarkerShape::Cylinder { diameter_mm, length_mm } => (diameter_mm, length_mm),
                    MarkerShape::Sphere { diameter_mm } => (diameter_mm, diameter_mm),
                };
                assert!(diameter < model.capsule.diameter_mm, "{}", model.id);
                assert!(marker.centre_mm.abs() + length / 2.0 < model.capsule.length_mm / 2.0, "{}", model.id);
            }
        }
        assert!(seen >= 15, "{seen} markers");
    }

    const OWN: &str = r#"
id = "own-1"
name = "Our own seed"
manufacturer = "Our supplier"
nuclide = "I-125"
version = 1
source = "paper"
checked = "typed and read against the paper"
[dose_rate_constant]
value = 0.965
source = "paper, table 1"
[active_length]
cm = 0.3
source = "paper, table 1"
[radial_dose_function]
r_cm = [0.5, 1.0, 5.0]
g = [1.07, 1.0, 0.36]
source = "paper, table 2"
[anisotropy_function]
r_cm = [1.0, 5.0]
theta_deg = [0, 45, 90]
f = [[nan, 0.9, 1.0], [0.5, 0.92, 1]]
source = "paper, table 3"
[capsule]
length_mm = 4.5
diameter_mm = 0.8
material = "titanium"
source = "data sheet"
"#;

    #[test]
    fn a_hospital_adds_its_own_model() {
        let mut library = library();
        library.add_file("own.toml", OWN).unwrap();
        let model = library.find("OWN1").unwrap();
        // the hole inside the capsule takes the value of the next distance
        assert_eq!(model.anisotropy.as_ref().unwrap().f[0][0], 0.5);
        assert_eq!(model.validity_mm(), (10.0, 50.0));
        let again = library.add_file("again.toml", OWN).unwrap_err();
        assert!(matches!(again, SeedError::Taken { .. }), "{again}");
    }

    #[test]
    fn all_faults_of_a_file_are_listed_at_once() {
        let mut library = SeedLibrary::empty();
        let broken = OWN
            .replace("value = 0.965", "value = 96.5")
            .replace("g = [1.07, 1.0, 0.36]", "g = [1.07, 0.98, 0.36]")
            .replace("[0.5, 0.92, 1]", "[0.5, 0.92]")
            .replace("length_mm = 4.5\n", "")
            .replace("nuclide = \"I-125\"", "nuclide = \"I-25\"");
        let error = library.add_file("own.toml", &broken).unwrap_err().to_string();
        for part in [
            "own.toml",
            "dose_rate_constant.value' is 96.5",
            "0.98 at 1 cm",
            "2 values for 3 angles",
            "missing 'capsule.length_mm'",
            "'I-25' is not known",
        ] {
            assert!(error.contains(part), "'{part}' not in:\n{error}");
        }
        let error = library.add_file("empty.toml", "").unwrap_err().to_string();
        for part in ["'id'", "[dose_rate_constant]", "[radial_dose_function]", "[anisotropy_function]", "[capsule]"] {
            assert!(error.contains(part), "'{part}' not in:\n{error}");
        }
        assert!(library.add_file("x.toml", "not = [toml").unwrap_err().to_string().contains("x.toml"));
    }

    #[test]
    fn a_nuclide_is_no_model() {
        let library = SeedLibrary::embedded().unwrap();
        for name in ["I-125", "125I", "Pd-103", "I125"] {
            assert!(library.find(name).is_err(), "{name} found {:?}", library.find(name).map(|model| model.id.clone()));
        }
    }
}
