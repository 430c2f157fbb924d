//! `result.json`: the verification for machines, and for `dosewright reproduce`.

use std::fmt::Write as _;

use dose::criteria::{NoEvidence, Outcome, Severity, Verdict};
use dose::indices::Index;
use image::{Volume, Voxels};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::outputs::OutputFile;
use super::{Measured, Verified};

/// Version of the format of `result.json`.
pub const FORMAT: u32 = 1;

/// SHA-256 of a dose: its values as little-endian f32, i fastest. The grid is recorded beside it.
pub fn dose_digest(dose: &Volume) -> String {
    let mut hash = Sha256::new();
    match &dose.voxels {
        Voxels::F32(values) => values.iter().for_each(|value| hash.update(value.to_le_bytes())),
        Voxels::I16(values) => values.iter().for_each(|&value| hash.update(f32::from(value).to_le_bytes())),
    }
    hex(&hash.finalize())
}

/// SHA-256 of some bytes, lower-case hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // writing to a string cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The whole record.
pub fn json(v: &Verified<'_>, outputs: &[OutputFile]) -> Value {
    let grid = &v.dose.volume.grid;
    json!({
        "format": "dosewright-result",
        "format_version": FORMAT,
        "software": { "name": "Dosewright", "version": env!("CARGO_PKG_VERSION") },
        // with its offset alone: the name of a time zone cannot be read where that zone is not known
        "computed_at": v.now.timestamp().display_with_offset(v.now.offset()).to_string(),
        "request": v.request,
        "patient": { "name": v.study.patient.name, "id": v.study.patient.id },
        "inputs": v.study.files.iter().map(|f| json!({
            "path": f.path, "sha256": f.sha256, "sop_instance_uid": f.sop_instance_uid, "kind": format!("{:?}", f.kind),
        })).collect::<Vec<_>>(),
        "data": data(v),
        "ct": { "series_uid": v.chosen.ct.uid, "acquired": v.chosen.ct.acquired.map(|t| t.to_string()),
            "size": v.chosen.volume.grid.size, "spacing_mm": v.chosen.volume.grid.spacing },
        "prescription_gy": v.prescription.value(),
        "implant": implant(v),
        "dose": {
            "formalism": format!("{:?}", v.formalism), "delivery": "permanent", "medium": "water",
            "grid": { "size": grid.size, "origin_mm": grid.origin, "spacing_mm": grid.spacing, "axes": grid.axes },
            "sha256": dose_digest(&v.dose.volume),
            "seeds_computed_in_1d": v.dose.sources_without_axis,
            "extrapolation": v.dose.extrapolation.iter().map(|e| json!({
                "model": e.model, "pairs": e.pairs, "g_range_mm": e.g_range_mm, "inside_g": e.inside_g, "beyond_g": e.beyond_g,
                "anisotropy_range_mm": e.anisotropy_range_mm, "inside_anisotropy": e.inside_anisotropy,
                "beyond_anisotropy": e.beyond_anisotropy,
            })).collect::<Vec<_>>(),
        },
        "target": v.target.name,
        "structures": v.measured.iter().map(structure).collect::<Vec<_>>(),
        "criteria": criteria(v),
        "verdict": verdict(v.judged.verdict),
        "effect": v.effect.as_ref().map(|e| json!({
            "of": "target D90", "tissue": e.tissue.id, "bed_gy": e.bed.value(), "parameters_verified": e.tissue.verified,
            "effective_time_d": e.effective_time.map(physics::Seconds::days),
        })),
        "plan_comparison": v.planned.as_ref().map(|p| json!({
            "planned_seeds": p.seeds.placed.len(),
            "mean_displacement_mm": p.matching.mean_mm(),
            "pairs": p.matching.pairs.iter().map(|pair| json!({
                "planned": pair.planned + 1, "found": pair.found + 1, "distance_mm": pair.distance_mm,
            })).collect::<Vec<_>>(),
            "planned_without_partner": p.matching.planned_only.iter().map(|n| n + 1).collect::<Vec<_>>(),
            "found_without_partner": p.matching.found_only.iter().map(|n| n + 1).collect::<Vec<_>>(),
            "structures": p.measured.iter().map(structure).collect::<Vec<_>>(),
        })),
        "planning_system": v.system.as_ref().map(|s| json!({
            "name": s.name,
            "target_d90_gy": s.target.as_ref().and_then(|dvh| dvh.hottest_percent(90.0)).map(physics::Gray::value),
            "target_v100_percent": s.target.as_ref().map(|dvh| dvh.at_least_percent(v.prescription)),
            "point_ratio": s.ratio.map(|r| json!({
                "points": r.points, "percentile_5": r.percentiles[0], "median": r.percentiles[1], "percentile_95": r.percentiles[2],
            })),
        })),
        "notices": v.notices,
        "outputs": outputs.iter().map(|f| json!({ "name": f.name, "sha256": digest(&f.bytes) })).collect::<Vec<_>>(),
    })
}

fn data(v: &Verified<'_>) -> Value {
    let mut files: Vec<Value> = v
        .seeds
        .kinds
        .iter()
        .map(|kind| json!({ "name": format!("seeds/{}", kind.model.id), "version": kind.model.version.to_string() }))
        .collect();
    files.push(json!({ "name": format!("criteria/{}", v.pack.id), "version": v.pack.version }));
    files.dedup();
    Value::Array(files)
}

fn implant(v: &Verified<'_>) -> Value {
    json!({
        "seeds_from": v.request.seeds.name(),
        "kinds": v.seeds.kinds.iter().map(|kind| json!({
            "model": kind.model.id, "model_version": kind.model.version, "nuclide": kind.model.nuclide.id,
            "dose_rate_constant_cgy_per_h_u": kind.model.dose_rate_constant,
            "air_kerma_strength_u": kind.strength.value(), "stated_u": kind.stated.value(),
            "stated_at": kind.stated_at.map(|t| t.to_string()), "half_life_d": kind.half_life.days(),
        })).collect::<Vec<_>>(),
        "seeds": v.seeds.placed.iter().zip(1..).map(|(seed, number)| json!({
            "number": number, "centre_mm": seed.centre, "axis": seed.axis, "confidence": seed.confidence, "kind": seed.kind,
            "needle": seed.needle, "origin": seed.origin,
        })).collect::<Vec<_>>(),
        "brightness_count": v.seeds.findings.as_ref().map(|f| f.brightness_count),
    })
}

fn structure(measured: &Measured<'_>) -> Value {
    json!({
        "name": measured.structure.name, "number": measured.structure.number,
        "volume_cm3": measured.dvh.volume_cm3, "outside_cm3": measured.dvh.outside_cm3,
        "indices": indices(&measured.indices),
    })
}

/// `{ "D90": { "value": 154.1, "unit": "Gy" }, … }`
fn indices(indices: &[Index]) -> Value {
    let entries = indices
        .iter()
        .map(|index| (index.name.clone(), json!({ "value": index.value, "unit": index.unit.to_string() })));
    Value::Object(entries.collect::<Map<_, _>>())
}

fn criteria(v: &Verified<'_>) -> Value {
    json!({
        "pack": v.pack.id, "version": v.pack.version,
        "findings": v.judged.findings.iter().map(|f| json!({
            "clause": f.clause.id, "structure": f.structure, "index": f.clause.index.to_string(),
            "measured": f.measured, "limit": f.clause.limit, "unit": f.clause.unit.symbol(), "margin": f.margin,
            "required": f.clause.severity == Severity::Required,
            "outcome": match f.outcome {
                Outcome::Met => "met",
                Outcome::NotMet => "not_met",
                Outcome::NoEvidence(NoEvidence::NoStructure) => "no_structure",
                Outcome::NoEvidence(NoEvidence::NoValue) => "no_value",
                Outcome::NoEvidence(NoEvidence::NoPrescription) => "no_prescription",
                Outcome::NoEvidence(NoEvidence::Incomplete) => "incomplete",
            },
            "source": f.clause.source, "source_zh": f.clause.source_zh, "checked": f.clause.checked,
        })).collect::<Vec<_>>(),
    })
}

/// The verdict's name for machines.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::NotMet => "not_met",
        Verdict::Incomplete => "incomplete",
    }
}
