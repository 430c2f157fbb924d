//! `dosewright seed`: the seed models.

use std::fmt::Write as _;
use std::path::Path;

use physics::{SeedLibrary, SeedModel};
use serde_json::{Value, json};

use super::{Answer, SeedVerb};
use crate::failure::{Failure, unusable};

/// Lists, shows or checks.
pub fn run(verb: &SeedVerb) -> Result<Answer, Failure> {
    let library = SeedLibrary::embedded().map_err(unusable)?;
    match verb {
        SeedVerb::List => Ok(list(&library)),
        SeedVerb::Show { model } => {
            let model = library.find(model).map_err(unusable)?;
            Ok(Answer::new(text(model), json(model)))
        }
        SeedVerb::Check { file } => check(library, file),
    }
}

fn list(library: &SeedLibrary) -> Answer {
    let mut out = format!("{:<16} {:<8} {:>6} {:>6}  name\n", "model", "nuclide", "Λ", "L mm");
    for model in library.models() {
        let _ = writeln!(
            out,
            "{:<16} {:<8} {:>6.3} {:>6.2}  {}",
            model.id, model.nuclide.id, model.dose_rate_constant, model.active_length_mm, model.name
        );
    }
    Answer::new(out, Value::Array(library.models().map(|model| json(model)).collect()))
}

fn check(mut library: SeedLibrary, file: &Path) -> Result<Answer, Failure> {
    let text_of = std::fs::read_to_string(file)
        .map_err(|error| Failure::input(format!("{} cannot be read: {error}", file.display())))?;
    let model = library.add_file(&file.display().to_string(), &text_of).map_err(unusable)?;
    Ok(Answer::new(format!("{} can be used with --model-file\n\n{}", file.display(), text(&model)), json(&model)))
}

fn text(model: &SeedModel) -> String {
    let (low, high) = model.validity_mm();
    let mut out = format!("{} ({}, {})\n", model.name, model.manufacturer, model.nuclide.id);
    let mut line = |name: &str, value: String| {
        let _ = writeln!(out, "  {name:<22} {value}");
    };
    line("also called", model.aliases.join(", "));
    line("dose-rate constant", format!("{} cGy/(h U)", model.dose_rate_constant));
    line("active length", format!("{} mm", model.active_length_mm));
    line("valid from r", format!("{low} mm to {high} mm"));
    line("half-life", format!("{:.2} d", model.nuclide.half_life.value.days()));
    line(
        "capsule",
        format!("{} × {} mm, {}", model.capsule.length_mm, model.capsule.diameter_mm, model.capsule.material),
    );
    line("published in", model.publication.clone());
    line("transcription", model.transcription.clone());
    for (what, source) in &model.citations {
        line(what, source.clone());
    }
    for conflict in &model.conflicts {
        line(
            "sources disagree",
            format!(
                "{}: {} is used, {} by {}; {}",
                conflict.quantity, conflict.used, conflict.other, conflict.other_source, conflict.reason
            ),
        );
    }
    for remark in &model.remarks {
        line("looks odd", remark.clone());
    }
    let radial = model.radial.r_mm.iter().zip(&model.radial.g);
    line("r mm: g", radial.map(|(r, g)| format!("{r}: {g}")).collect::<Vec<_>>().join("  "));
    if let Some(table) = &model.anisotropy {
        let angles = table.theta_deg.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        line("F(r, θ) at θ°", angles);
        for (r, row) in table.r_mm.iter().zip(&table.f) {
            line("", format!("r {r} mm: {}", row.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")));
        }
    }
    out
}

fn json(model: &SeedModel) -> Value {
    json!({
        "id": model.id, "name": model.name, "manufacturer": model.manufacturer, "nuclide": model.nuclide.id,
        "version": model.version, "dose_rate_constant_cgy_per_h_u": model.dose_rate_constant,
        "active_length_mm": model.active_length_mm, "half_life_d": model.nuclide.half_life.value.days(),
        "publication": model.publication, "transcription": model.transcription,
        "radial": { "r_mm": model.radial.r_mm, "g": model.radial.g },
        "anisotropy": model.anisotropy.as_ref().map(|f| json!({ "r_mm": f.r_mm, "theta_deg": f.theta_deg, "f": f.f })),
        "conflicts": model.conflicts.iter().map(|c| json!({
            "quantity": c.quantity, "used": c.used, "other": c.other, "other_source": c.other_source, "reason": c.reason,
        })).collect::<Vec<_>>(),
        "remarks": model.remarks,
    })
}
