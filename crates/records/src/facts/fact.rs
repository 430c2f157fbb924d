//! The facts and sets of them.

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
    /// the patient was discharged
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
    /// a schedule of follow-up is there
    FollowUpPlanned = 11 "follow_up_planned",
    /// seen at least once after discharge
    FollowedUp = 12 "followed_up",
    /// a visit is overdue
    FollowUpOverdue = 13 "follow_up_overdue",
    /// lost to follow-up
    LostToFollowUp = 14 "lost_to_follow_up",
    /// certificates of the seeds or bar codes of the devices are filed with the case
    CertificateFiled = 15 "certificate_filed",
    /// the case's data were accepted by the provincial platform
    Uploaded = 16 "uploaded",
    /// a major complication of the puncture within 30 days
    PunctureComplication = 17 "puncture_complication",
    /// ulcer of the skin within 30 days, from radiation
    SkinUlcer = 18 "skin_ulcer",
    /// pneumonitis within 30 days, from radiation
    Pneumonitis = 19 "pneumonitis",
    /// myelopathy within 30 days, from radiation
    Myelopathy = 20 "myelopathy",
    /// cystitis within 30 days, from radiation
    Cystitis = 21 "cystitis",
    /// enteritis within 30 days, from radiation
    Enteritis = 22 "enteritis",
    /// necrosis of the brain within 30 days, from radiation
    BrainNecrosis = 23 "brain_necrosis",
    /// perforation of the oesophagus within 30 days
    OesophagealPerforation = 24 "oesophageal_perforation",
    /// the target lies in the pelvis
    Pelvic = 25 "pelvic",
    /// the target lies in the chest
    Thoracic = 26 "thoracic",
    /// the target lies in or beside the spine
    Spinal = 27 "spinal",
    /// the target lies in the brain
    Cerebral = 28 "cerebral",
    /// the target lies in or beside the oesophagus
    Oesophageal = 29 "oesophageal",
    /// the target lies in the abdomen or pelvis beside bowel
    Abdominal = 30 "abdominal",
    /// the response was judged by RECIST
    ResponseJudged = 31 "response_judged",
    /// best response CR, PR or SD
    Effective = 32 "effective",
    /// died within 30 days of the procedure
    DiedIn30Days = 33 "died_in_30_days",
    /// known to live one year after the procedure
    AliveAt1Year = 34 "alive_at_1_year",
    /// known to live three years after
    AliveAt3Years = 35 "alive_at_3_years",
    /// known to live five years after
    AliveAt5Years = 36 "alive_at_5_years",
    /// one year after the procedure has passed, or death is known
    OneYearPassed = 37 "one_year_passed",
    /// three years have passed, or death is known
    ThreeYearsPassed = 38 "three_years_passed",
    /// five years have passed, or death is known
    FiveYearsPassed = 39 "five_years_passed",
    /// a serious adverse event (CTCAE grade 3 or more) within 30 days
    SeriousEvent = 40 "serious_event",
    /// all treated lesions were completely ablated on enhanced images within one month
    CompletelyAblated = 41 "completely_ablated",
    /// serious infection within 30 days
    SeriousInfection = 42 "serious_infection",
    /// a benign nodule of the thyroid
    BenignThyroid = 43 "benign_thyroid",
    /// its largest diameter is below 2 cm
    Below2Cm = 44 "below_2_cm",
    /// pathology was known before the procedure
    PathologyBefore = 45 "pathology_before",
    /// the operator was qualified on the day of the procedure
    OperatorQualified = 46 "operator_qualified",
    /// the quality of life was asked at least once after the procedure
    QualityOfLifeAsked = 47 "quality_of_life_asked",
    /// a radiation accident or a device was used twice
    Incident = 48 "incident",
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
        let set: FactSet = [Fact::SeedImplant, Fact::Incident].into_iter().collect();
        assert_eq!(FactSet::from_bits(set.bits()), set);
        assert_eq!(serde_json::from_str::<FactSet>(&serde_json::to_string(&set).unwrap()).unwrap(), set);
        assert!(serde_json::from_str::<FactSet>("[\"nonsense\"]").is_err());
    }
}
