//! How many cases are alike in what others may know about them: k-anonymity (Sweeney, Int J Uncertain Fuzz 10:557 (2002)).

use std::collections::{BTreeMap, BTreeSet};

/// Groups of cases that are alike in all quasi-identifiers.
#[derive(Debug, Clone, Default)]
pub struct Groups {
    k: usize,
    /// patients of a group, not cases: somebody treated five times is not five people
    of: BTreeMap<Vec<String>, (BTreeSet<String>, usize)>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// what its cases have in common, in the order of the policy's quasi-identifiers; empty where not known
    pub values: Vec<String>,
    /// patients
    pub patients: usize,
    /// cases
    pub cases: usize,
}

impl Groups {
    /// None yet; groups of fewer than `k` patients are small.
    pub fn new(k: usize) -> Self {
        Self { k, of: BTreeMap::new() }
    }

    /// Counts a case.
    pub fn count(&mut self, values: Vec<String>, patient: String) {
        let group = self.of.entry(values).or_default();
        group.0.insert(patient);
        group.1 += 1;
    }

    /// What small means.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Whether cases with these values are a small group.
    pub fn is_small(&self, values: &[String]) -> bool {
        self.of.get(values).is_none_or(|(patients, _)| patients.len() < self.k)
    }

    /// All groups.
    pub fn all(&self) -> impl Iterator<Item = Group> {
        self.of.iter().map(|(values, (patients, cases))| Group {
            values: values.clone(),
            patients: patients.len(),
            cases: *cases,
        })
    }

    /// The small ones.
    pub fn small(&self) -> impl Iterator<Item = Group> {
        self.all().filter(|group| group.patients < self.k)
    }

    /// Patients of the smallest group: the k that the export has. `None` without cases.
    pub fn smallest(&self) -> Option<usize> {
        self.all().map(|group| group.patients).min()
    }
}
