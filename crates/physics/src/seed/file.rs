//! Reading a seed model from its TOML file.

use super::model::{
    AnisotropyFunction, AnisotropyFunction1D, Capsule, Conflict, Marker, MarkerShape, RadialDoseFunction, SeedModel,
};
use crate::fields::{Fields, Problems, increases};
use crate::nuclide::Nuclide;

const MM_PER_CM: f64 = 10.0;

/// The model that `text` describes, or everything that is missing or wrong.
pub(super) fn read(text: &str) -> Result<SeedModel, Problems> {
    let table = text.parse::<toml::Table>().map_err(|error| vec![error.to_string().trim().to_owned()])?;
    let root = Fields::root(&table);
    let p = &mut Problems::new();
    let id = root.text("id", "short unique name", p);
    let name = root.text("name", "name to print", p);
    let aliases = root.texts("aliases", p);
    let manufacturer = root.text("manufacturer", "who makes it", p);
    let version = root.number("version", "whole number of this file's edition", p);
    let nuclide = root.text("nuclide", "as I-125, Pd-103 or Cs-131", p).and_then(|name| match Nuclide::find(&name) {
        Ok(nuclide) => Some(nuclide.clone()),
        Err(error) => {
            p.push(format!("'nuclide': {error}"));
            None
        }
    });
    let publication = root.text("source", "where the dosimetry parameters were published", p);
    let transcription = root.text("checked", "how the numbers came here and who checked them", p);
    let mut citations = Vec::new();

    let section = root.section("dose_rate_constant", "value and its source", p);
    let lambda = section.positive("value", "dose-rate constant, cGy/(h U)", p);
    if let Some(value) = lambda
        && !(0.1..=3.0).contains(&value)
    {
        p.push(format!(
            "'dose_rate_constant.value' is {value}; seeds lie between 0.1 and 3 cGy/(h U), is the unit right?"
        ));
    }
    let lambda_uncertainty = optional_positive(&section, "uncertainty", "uncertainty, cGy/(h U)", p);
    cite(&section, "dose-rate constant", &mut citations, p);

    let section = root.section("active_length", "length of the line source and its source", p);
    let length_cm = section.number("cm", "active length of the geometry function, cm; 0 for a point source", p);
    if let Some(cm) = length_cm
        && !(0.0..=6.0).contains(&cm)
    {
        p.push(format!("'active_length.cm' is {cm}; it must lie between 0 and 6 cm"));
    }
    cite(&section, "active length", &mut citations, p);

    let section = root.section("radial_dose_function", "distances, values and their source", p);
    let radial = read_radial(&section, p);
    cite(&section, "radial dose function", &mut citations, p);

    let anisotropy = if root.has("anisotropy_function") {
        let section = root.section("anisotropy_function", "", p);
        cite(&section, "2D anisotropy function", &mut citations, p);
        read_anisotropy(&section, p)
    } else {
        None
    };
    let anisotropy_1d = if root.has("anisotropy_function_1d") {
        let section = root.section("anisotropy_function_1d", "", p);
        cite(&section, "1D anisotropy function", &mut citations, p);
        read_anisotropy_1d(&section, p)
    } else {
        None
    };
    if !root.has("anisotropy_function") && !root.has("anisotropy_function_1d") {
        p.push(
            "missing table [anisotropy_function] (F(r, θ)) or [anisotropy_function_1d] (φ_an(r)); one is needed".into(),
        );
    }

    let section = root.section("capsule", "outer dimensions and their source", p);
    let capsule = read_capsule(&section, p);
    cite(&section, "capsule", &mut citations, p);
    if let (Some(cm), Some(capsule)) = (length_cm, &capsule)
        && cm * MM_PER_CM > capsule.length_mm
    {
        p.push(format!("'active_length.cm' is {cm}, longer than the capsule of {} mm", capsule.length_mm));
    }
    let conflicts = root.list("conflicts", p).iter().filter_map(|item| read_conflict(item, p)).collect();
    let remarks = root.texts("remarks", p);

    let complete = (|| {
        Some(SeedModel {
            id: id?,
            name: name?,
            aliases,
            manufacturer: manufacturer?,
            nuclide: nuclide?,
            version: version? as i64,
            publication: publication?,
            transcription: transcription?,
            dose_rate_constant: lambda?,
            dose_rate_constant_uncertainty: lambda_uncertainty,
            active_length_mm: length_cm? * MM_PER_CM,
            radial: radial?,
            anisotropy,
            anisotropy_1d,
            capsule: capsule?,
            citations,
            conflicts,
            remarks,
        })
    })();
    match complete {
        Some(model) if p.is_empty() => Ok(model),
        _ => Err(std::mem::take(p)),
    }
}

fn cite(section: &Fields<'_>, what: &str, citations: &mut Vec<(String, String)>, p: &mut Problems) {
    if let Some(source) = section.text("source", "where the values come from", p) {
        citations.push((what.to_owned(), source));
    }
}

fn optional_positive(section: &Fields<'_>, key: &str, what: &str, p: &mut Problems) -> Option<f64> {
    if section.has(key) { section.positive(key, what, p) } else { None }
}

/// Distances in the file are cm, as the reports print them.
fn distances_mm(section: &Fields<'_>, table: &str, p: &mut Problems) -> Option<Vec<f64>> {
    let r_cm = section.numbers("r_cm", "distances from the centre, cm", p)?;
    if !increases(&r_cm) || r_cm.first().is_some_and(|&r| r <= 0.0) {
        p.push(format!("'{table}.r_cm' must hold two or more increasing distances greater than zero"));
        return None;
    }
    Some(r_cm.iter().map(|r| r * MM_PER_CM).collect())
}

fn read_radial(section: &Fields<'_>, p: &mut Problems) -> Option<RadialDoseFunction> {
    let r_mm = distances_mm(section, "radial_dose_function", p);
    let g = section.numbers("g", "radial dose function at these distances", p);
    let (r_mm, g) = (r_mm?, g?);
    if r_mm.len() != g.len() {
        p.push(format!("'radial_dose_function' has {} distances but {} values", r_mm.len(), g.len()));
        return None;
    }
    if let Some(at) = g.iter().position(|&value| value <= 0.0) {
        p.push(format!("'radial_dose_function.g' is {} at {} cm; it must be positive", g[at], r_mm[at] / MM_PER_CM));
        return None;
    }
    match r_mm.iter().position(|&r| (r - 10.0).abs() < 1e-9) {
        Some(at) if (g[at] - 1.0).abs() < 1e-6 => Some(RadialDoseFunction { r_mm, g }),
        Some(at) => {
            p.push(format!("'radial_dose_function.g' is {} at 1 cm; it is 1 there by definition", g[at]));
            None
        }
        None => {
            p.push("'radial_dose_function.r_cm' must hold the reference distance 1 cm, where g is 1".into());
            None
        }
    }
}

fn read_anisotropy(section: &Fields<'_>, p: &mut Problems) -> Option<AnisotropyFunction> {
    let r_mm = distances_mm(section, "anisotropy_function", p);
    let theta_deg = section.numbers("theta_deg", "polar angles, degrees", p);
    let f = section.rows("f", "one row a distance, one value an angle", p);
    let (r_mm, theta_deg, mut f) = (r_mm?, theta_deg?, f?);
    if !increases(&theta_deg) || theta_deg.first() != Some(&0.0) || theta_deg.last() != Some(&90.0) {
        p.push("'anisotropy_function.theta_deg' must increase from 0 to 90".into());
        return None;
    }
    if f.len() != r_mm.len() {
        p.push(format!("'anisotropy_function.f' has {} rows for {} distances", f.len(), r_mm.len()));
        return None;
    }
    let before = p.len();
    for (row, r) in f.iter().zip(&r_mm) {
        let cm = r / MM_PER_CM;
        if row.len() != theta_deg.len() {
            p.push(format!("the row of F at {cm} cm has {} values for {} angles", row.len(), theta_deg.len()));
        } else if let Some(at) = row.iter().position(|&value| value <= 0.0) {
            p.push(format!("F is {} at {cm} cm, {} degrees; it must be positive", row[at], theta_deg[at]));
        } else if row.last().is_some_and(|&value| (value - 1.0).abs() > 1e-6) {
            p.push(format!("F at {cm} cm, 90 degrees must be 1 by definition"));
        }
    }
    if p.len() > before {
        return None;
    }
    fill_holes(&mut f);
    if f.iter().flatten().any(|value| !value.is_finite()) {
        p.push("'anisotropy_function.f' has an angle without any value".into());
        return None;
    }
    Some(AnisotropyFunction { r_mm, theta_deg, f })
}

/// A cell written `nan` lies inside the capsule: it takes the value of the nearest distance outside, at its angle.
fn fill_holes(f: &mut [Vec<f64>]) {
    for row in (1..f.len()).rev() {
        let (inner, outer) = f.split_at_mut(row);
        if let (Some(inner), Some(outer)) = (inner.last_mut(), outer.first()) {
            for (value, beyond) in inner.iter_mut().zip(outer) {
                if value.is_nan() {
                    *value = *beyond;
                }
            }
        }
    }
}

fn read_anisotropy_1d(section: &Fields<'_>, p: &mut Problems) -> Option<AnisotropyFunction1D> {
    let r_mm = distances_mm(section, "anisotropy_function_1d", p);
    let phi = section.numbers("phi", "1D anisotropy function at these distances", p);
    let (r_mm, phi) = (r_mm?, phi?);
    if r_mm.len() != phi.len() || phi.iter().any(|&value| value <= 0.0) {
        p.push("'anisotropy_function_1d.phi' must hold one positive value a distance".into());
        return None;
    }
    Some(AnisotropyFunction1D { r_mm, phi })
}

fn read_capsule(section: &Fields<'_>, p: &mut Problems) -> Option<Capsule> {
    let length_mm = section.positive("length_mm", "overall length, mm", p);
    let diameter_mm = section.positive("diameter_mm", "outer diameter, mm", p);
    let wall_mm = optional_positive(section, "wall_mm", "wall of the tube, mm", p);
    let material = section.text("material", "material of the tube", p);
    let mut markers = Vec::new();
    for item in section.list("markers", p) {
        markers.extend(read_marker(&item, p));
    }
    let nominal = section.is_true("nominal", p);
    Some(Capsule { length_mm: length_mm?, diameter_mm: diameter_mm?, wall_mm, material: material?, markers, nominal })
}

fn read_marker(item: &Fields<'_>, p: &mut Problems) -> Option<Marker> {
    let material = item.text("material", "silver, gold, lead…", p);
    let diameter_mm = item.positive("diameter_mm", "diameter, mm", p);
    let centre_mm = item.number("centre_mm", "centre along the axis, mm", p);
    let shape = if item.has("length_mm") {
        let length_mm = item.positive("length_mm", "length, mm; leave out for a ball", p);
        MarkerShape::Cylinder { diameter_mm: diameter_mm?, length_mm: length_mm? }
    } else {
        MarkerShape::Sphere { diameter_mm: diameter_mm? }
    };
    Some(Marker { material: material?, shape, centre_mm: centre_mm? })
}

fn read_conflict(item: &Fields<'_>, p: &mut Problems) -> Option<Conflict> {
    let quantity = item.text("quantity", "which value, with its unit", p);
    let used = item.number("used", "the value that is used", p);
    let other = item.number("other", "the other value", p);
    let other_source = item.text("other_source", "who gives the other value", p);
    let reason = item.text("reason", "why the one is preferred", p);
    Some(Conflict { quantity: quantity?, used: used?, other: other?, other_source: other_source?, reason: reason? })
}
