//! What the seeds of a workspace come to: histograms, indices and findings.

use dose::criteria::{Outcome, Severity, Verdict};
use physics::Gray;

use super::Workspace;
use crate::failure::Failure;
use crate::verify::Measured;
use crate::verify::assess;

/// Points of a histogram for drawing.
const POINTS: usize = 160;
/// The histogram is drawn up to this many prescriptions.
const UP_TO: f64 = 3.0;

/// One figure of a structure.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// its name, such as `D90`
    pub name: String,
    /// its value, where the structure has one
    pub value: Option<f64>,
    /// unit of the value
    pub unit: String,
}

/// A structure with its histogram and indices.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// ROI number
    pub number: i32,
    /// as its author wrote it
    pub name: String,
    /// volume, cm³
    pub volume_cm3: f64,
    /// dose of each point of the cumulative histogram, Gy
    pub dose_gy: Vec<f64>,
    /// share of the volume that receives at least that dose, %
    pub volume_percent: Vec<f64>,
    /// the usual indices
    pub indices: Vec<Index>,
}

/// The answer to one clause of the criteria.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// the clause's id
    pub clause: String,
    /// name of the structure it was judged on
    pub structure: String,
    /// the index
    pub index: String,
    /// measured value, Gy for doses
    pub value: Option<f64>,
    /// its unit
    pub unit: String,
    /// the limit in words, Chinese
    pub limit_zh: String,
    /// the limit in words, English
    pub limit_en: String,
    /// required, else advised
    pub required: bool,
    /// `met`, `not_met` or `no_evidence`
    pub outcome: &'static str,
}

/// Everything that follows from the seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// structure by structure
    pub structures: Vec<Measure>,
    /// clause by clause
    pub findings: Vec<Judgement>,
    /// all required clauses together
    pub verdict: Verdict,
}

impl Workspace {
    /// Integrates every structure and judges the figures; nothing while there is no dose.
    ///
    /// # Errors
    /// When the dose cannot be integrated.
    pub fn results(&self) -> Result<Option<Results>, Failure> {
        let (Some(dose), Some(aim)) = (self.dose(), &self.aim) else { return Ok(None) };
        let measured = assess::measure_regions(
            dose,
            aim.solids.iter().filter_map(|(at, region)| Some((self.structures().get(*at)?, region))),
            aim.prescription,
            &mut Vec::new(),
        );
        let (findings, verdict) = assess::judge_live(&aim.pack, &measured, dose, aim.prescription)?;
        let findings = findings
            .iter()
            .map(|finding| Judgement {
                clause: finding.clause.id.clone(),
                structure: finding.structure.clone().unwrap_or_else(|| finding.clause.structure.clone()),
                index: finding.clause.index.to_string(),
                value: finding.measured_gy.or(finding.measured),
                unit: finding.clause.index.unit().to_string(),
                limit_zh: finding.clause.text_zh.clone(),
                limit_en: finding.clause.text.clone(),
                required: finding.clause.severity == Severity::Required,
                outcome: match finding.outcome {
                    Outcome::Met => "met",
                    Outcome::NotMet => "not_met",
                    Outcome::NoEvidence(_) => "no_evidence",
                },
            })
            .collect();
        let structures = measured.iter().map(|one| measure(one, aim.prescription)).collect();
        Ok(Some(Results { structures, findings, verdict }))
    }
}

fn measure(one: &Measured<'_>, prescription: Gray) -> Measure {
    let step = prescription.value() * UP_TO / (POINTS - 1) as f64;
    let dose_gy: Vec<f64> = (0..POINTS).map(|n| n as f64 * step).collect();
    let volume_percent = dose_gy.iter().map(|&gy| one.dvh.at_least_percent(Gray::new(gy))).collect();
    let indices = one
        .indices
        .iter()
        .map(|index| Index { name: index.name.clone(), value: index.value, unit: index.unit.to_string() })
        .collect();
    Measure {
        number: one.structure.number,
        name: one.structure.name.clone(),
        volume_cm3: one.dvh.volume_cm3,
        dose_gy,
        volume_percent,
        indices,
    }
}
