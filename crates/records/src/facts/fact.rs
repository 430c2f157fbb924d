//! The facts and sets of them.
//!
//! No fact depends on the day it is looked at: it stays true or false until a record of the case changes, so a stored row cannot go
//! stale by waiting. What does depend on the day (a visit is overdue, a year has passed) is kept as a day in [`super::Facts`] and
//! asked for by [`super::FactQuery`]. Nothing here rests on records of other things than the case: whether the operator was
//! qualified is for the norms.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident = $bit:literal $text:literal,)*) => {
        /// One fact. The bit is where the store keeps it: it is never given to another fact.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Fact { $($(#[$doc])* $name = $bit,)* }

        impl Fact {
            /// All facts.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name in data files.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

facts! {
    /// a permanent seed implant
    SeedImplant = 0 "seed_implant",
    /// an ablation
    Ablation = 1 "ablation",
    /// a course of a radiopharmaceutical
    Radiopharmaceutical = 2 "radiopharmaceutical",
    /// the procedure took place
    Treated = 3 "treated",
    /// the patient was discharged after it
    Discharged = 4 "discharged",
    /// a filled-in indication is there
    IndicationStated = 5 "indication_stated",
    /// the indication is right by the rule of its technique
    IndicationRight = 6 "indication_right",
    /// a plan was complete, by the people it needs, before the procedure
    PlanBefore = 7 "plan_before",
    /// the dose was verified after the implant on images
    DoseVerified = 8 "dose_verified",
    /// consent with all four parts was signed before the procedure
    ConsentBefore = 9 "consent_before",
    /// all five channels were monitored
    Monitored = 10 "monitored",
    /// a next visit is or was planned
    FollowUpPlanned = 11 "follow_up_planned",
    /// reached at least once after discharge
    FollowedUp = 12 "followed_up",
    /// declared lost to follow-up, and not reached since
    LostToFollowUp = 13 "lost_to_follow_up",
    /// certificates of the seeds or bar codes of the devices are filed with the case
    CertificateFiled = 14 "certificate_filed",
    /// the case's data were accepted by the provincial platform
    Uploaded = 15 "uploaded",
    /// a major complication of the puncture within 30 days
    PunctureComplication = 16 "puncture_complication",
    /// ulcer of the skin within 30 days, from radiation
    SkinUlcer = 17 "skin_ulcer",
    /// pneumonitis within 30 days, from radiation
    Pneumonitis = 18 "pneumonitis",
    /// myelopathy within 30 days, from radiation
    Myelopathy = 19 "myelopathy",
    /// cystitis within 30 days, from radiation
    Cystitis = 20 "cystitis",
    /// enteritis within 30 days, from radiation
    Enteritis = 21 "enteritis",
    /// necrosis of the brain within 30 days, from radiation
    BrainNecrosis = 22 "brain_necrosis",
    /// perforation of the oesophagus within 30 days, from radiation
    OesophagealPerforation = 23 "oesophageal_perforation",
    /// a target lies in the pelvis
    Pelvic = 24 "pelvic",
    /// a target lies in the chest
    Thoracic = 25 "thoracic",
    /// a target lies in or beside the spine
    Spinal = 26 "spinal",
    /// a target lies in the brain
    Cerebral = 27 "cerebral",
    /// a target lies in or beside the oesophagus
    Oesophageal = 28 "oesophageal",
    /// a target lies in the abdomen
    Abdominal = 29 "abdominal",
    /// the response was judged by RECIST
    ResponseJudged = 30 "response_judged",
    /// best response CR, PR or SD
    Effective = 31 "effective",
    /// died within 30 days of the procedure
    DiedIn30Days = 32 "died_in_30_days",
    /// a serious adverse event (CTCAE grade 3 or more) within 30 days
    SeriousEvent = 33 "serious_event",
    /// all treated lesions were completely ablated on enhanced images within one month
    CompletelyAblated = 34 "completely_ablated",
    /// serious infection within 30 days
    SeriousInfection = 35 "serious_infection",
    /// a benign nodule of the thyroid
    BenignThyroid = 36 "benign_thyroid",
    /// the largest diameter of every benign nodule of the thyroid is below 2 cm
    Below2Cm = 37 "below_2_cm",
    /// pathology was known before the procedure
    PathologyBefore = 38 "pathology_before",
    /// the quality of life was asked at least once after the procedure
    QualityOfLifeAsked = 39 "quality_of_life_asked",
    /// way, method and diagnosis are ones that the technique's norm is about
    WithinScope = 40 "within_scope",
    /// every device recorded names its registration, and for ablation its indication covers the use
    DevicesApproved = 41 "devices_approved",
    /// ablation by radiofrequency
    Radiofrequency = 42 "radiofrequency",
    /// ablation by microwaves
    Microwave = 43 "microwave",
    /// ablation by cold
    Cryo = 44 "cryo",
    /// ablation by focused ultrasound
    FocusedUltrasound = 45 "focused_ultrasound",
    /// ablation by laser
    Laser = 46 "laser",
    /// ablation by irreversible electroporation
    Electroporation = 47 "electroporation",
}

/// A name that is no fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no fact '{0}'")]
pub struct NotAFact(String);

impl std::str::FromStr for Fact {
    type Err = NotAFact;

    fn from_str(text: &str) -> Result<Self, NotAFact> {
        Self::ALL
            .iter()
            .copied()
            .find(|fact| fact.name() == text)
            .ok_or_else(|| NotAFact(text.chars().take(60).collect()))
    }
}

/// A set of facts, as the store keeps it: one bit each.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct FactSet(u64);

impl FactSet {
    /// No fact.
    pub const NONE: Self = Self(0);

    /// As the store keeps it.
    pub fn bits(self) -> i64 {
        self.0 as i64
    }

    /// From what the store keeps.
    pub fn from_bits(bits: i64) -> Self {
        Self(bits as u64)
    }

    /// Whether a fact is in it.
    pub fn has(self, fact: Fact) -> bool {
        self.0 & (1 << fact as u8) != 0
    }

    /// Whether all facts of another set are in it.
    pub fn has_all(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Whether at least one fact of another set is in it.
    pub fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// With a fact.
    #[must_use]
    pub fn with(self, fact: Fact) -> Self {
        Self(self.0 | (1 << fact as u8))
    }

    /// With a fact where a condition holds.
    #[must_use]
    pub fn when(self, condition: bool, fact: Fact) -> Self {
        if condition { self.with(fact) } else { self }
    }

    /// With the facts of another set.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its facts.
    pub fn facts(self) -> impl Iterator<Item = Fact> {
        Fact::ALL.iter().copied().filter(move |fact| self.has(*fact))
    }
}

impl FromIterator<Fact> for FactSet {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        facts.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for FactSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.facts().map(Fact::name)).finish()
    }
}

impl Serialize for FactSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.facts().map(Fact::name))
    }
}

impl<'de> Deserialize<'de> for FactSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        names.iter().map(|name| name.parse::<Fact>()).collect::<Result<_, _>>().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_facts_share_a_bit_or_a_name() {
        let bits: std::collections::BTreeSet<u8> = Fact::ALL.iter().map(|fact| *fact as u8).collect();
        let names: std::collections::BTreeSet<&str> = Fact::ALL.iter().map(|fact| fact.name()).collect();
        assert_eq!((bits.len(), names.len()), (Fact::ALL.len(), Fact::ALL.len()));
        assert!(bits.iter().all(|bit| *bit < 63));
    }

    #[test]
    fn sets_survive_text_and_the_store() {
        let set: FactSet = [Fact::SeedImplant, Fact::QualityOfLifeAsked].into_iter().collect();
        assert_eq!(FactSet::from_bits(set.bits()), set);
        assert_eq!(serde_json::from_str::<FactSet>(&serde_json::to_string(&set).unwrap()).unwrap(), set);
        assert!(serde_json::from_str::<FactSet>("[\"nonsense\"]").is_err());
    }
}
