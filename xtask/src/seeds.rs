//! `cargo xtask seeds`: re-keys the transcribed TG-43 tables and capsule descriptions into `data/seeds/*.toml`.
//!
//! The transcription lies outside the project (`../shared/reference`); what is committed is the result. Names,
//! reports, decisions between sources and remarks come from `seeds.toml` beside this file. Seed files that are not in
//! that list are left alone.

use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

const CURATED: &str = include_str!("seeds.toml");

/// One model as transcribed.
#[derive(Deserialize)]
struct Transcribed {
    #[serde(rename = "L_eff_cm")]
    length_cm: f64,
    #[serde(rename = "Lambda")]
    lambda: f64,
    r_cm: Vec<f64>,
    #[serde(rename = "gL")]
    g: Vec<f64>,
    #[serde(rename = "F_r_cm")]
    f_r_cm: Vec<f64>,
    #[serde(rename = "F_theta_deg")]
    f_theta_deg: Vec<f64>,
    #[serde(rename = "F")]
    f: Vec<Vec<f64>>,
}

/// Writes the files; returns what was done.
pub fn run() -> Result<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let reference = root.join("../shared/reference");
    let models: std::collections::BTreeMap<String, Transcribed> =
        serde_json::from_str(&read(&reference.join("tg43/consensus_20_seeds.json"))?)
            .map_err(|error| error.to_string())?;
    let geometry: Table = parse(&read(&reference.join("seed_geometry.toml"))?)?;
    let curated: Table = parse(CURATED)?;
    let folder = root.join("data/seeds");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for (class, model) in &models {
        let notes = curated
            .get(class)
            .and_then(Value::as_table)
            .ok_or_else(|| format!("seeds.toml has no entry for {class}: name it before it is used"))?;
        let text = write_model(class, model, notes, &geometry)?;
        let file = folder.join(format!("{}.toml", string(notes, "id")?));
        std::fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(format!("{} seed files written to data/seeds", models.len()))
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn parse(text: &str) -> Result<Table, String> {
    text.parse::<Table>().map_err(|error| error.to_string())
}

fn string<'a>(table: &'a Table, key: &str) -> Result<&'a str, String> {
    table.get(key).and_then(Value::as_str).ok_or_else(|| format!("'{key}' is missing in {table:?}"))
}

fn number(table: &Table, key: &str) -> Option<f64> {
    table.get(key).and_then(|value| value.as_float().or_else(|| value.as_integer().map(|i| i as f64)))
}

fn report(short: &str) -> Result<&'static str, String> {
    match short {
        "U1" => Ok("AAPM TG-43U1 (Rivard et al., Med. Phys. 31 (2004) 633-674)"),
        "U1S1" => Ok("AAPM TG-43U1S1 (Rivard et al., Med. Phys. 34 (2007) 2187-2205)"),
        "U1S2" => Ok("AAPM + GEC-ESTRO TG-43U1S2 (Rivard et al., Med. Phys. 44 (2017) e297-e338)"),
        other => Err(format!("unknown report {other}")),
    }
}

fn write_model(class: &str, model: &Transcribed, notes: &Table, geometry: &Table) -> Result<String, String> {
    let report = report(string(notes, "report")?)?;
    let mut out = String::new();
    let o = &mut out;
    line(
        o,
        format_args!(
            "# {}. Written by `cargo xtask seeds`; change xtask/src/seeds.toml, not this file.",
            string(notes, "name")?
        ),
    );
    pair(o, "title", &format!("TG-43 dosimetry data and build of {}", string(notes, "name")?));
    pair(o, "id", string(notes, "id")?);
    pair(o, "name", string(notes, "name")?);
    line(o, format_args!("aliases = {}", notes.get("aliases").map_or("[]".into(), Value::to_string)));
    pair(o, "manufacturer", string(notes, "manufacturer")?);
    pair(o, "nuclide", string(notes, "nuclide")?);
    line(o, format_args!("version = 1"));
    let tables = notes.get("tables").and_then(Value::as_str);
    pair(
        o,
        "source",
        &tables.map_or_else(
            || report.to_owned(),
            |paper| format!("dose-rate constant: {report}; tables: {paper}; whether the report's own tables differ was not checked"),
        ),
    );
    let check = notes.get("check").and_then(Value::as_str).unwrap_or("not compared with the printed report");
    pair(o, "checked", &format!("transcribed from TPOR (aprobinson/TPOR 4df902b, class {class}); {check}"));
    pair(o, "units", "distances cm, angles degrees, dose-rate constant cGy/(h U); capsule mm");
    let (low, high) = (model.f_r_cm.first().zip(model.r_cm.first()), model.f_r_cm.last().zip(model.r_cm.last()));
    if let (Some((f_low, g_low)), Some((f_high, g_high))) = (low, high) {
        pair(
            o,
            "validity",
            &format!("g from {g_low} to {g_high} cm, F from {f_low} to {f_high} cm; outside by the rules of TG-43U1S1"),
        );
    }
    if let Some(remarks) = notes.get("remarks") {
        line(o, format_args!("remarks = {remarks}"));
    }

    line(o, format_args!("\n[dose_rate_constant] # cGy/(h U)"));
    line(o, format_args!("value = {:?}", number(notes, "lambda").unwrap_or(model.lambda)));
    if let Some(value) = number(notes, "lambda_uncertainty") {
        line(o, format_args!("uncertainty = {value:?}"));
    }
    let transcribed = format!("{}, transcribed from TPOR", tables.unwrap_or(report));
    pair(o, "source", notes.get("lambda_source").and_then(Value::as_str).unwrap_or(&transcribed));

    line(o, format_args!("\n[active_length]"));
    line(o, format_args!("cm = {:?}", number(notes, "active_length_cm").unwrap_or(model.length_cm)));
    pair(o, "source", notes.get("active_length_source").and_then(Value::as_str).unwrap_or(&transcribed));

    line(o, format_args!("\n[radial_dose_function]"));
    pair(o, "source", &transcribed);
    line(o, format_args!("r_cm = {:?}", model.r_cm));
    line(o, format_args!("g = {:?}", model.g));

    line(o, format_args!("\n[anisotropy_function] # one row of f a distance, one value an angle"));
    pair(o, "source", &transcribed);
    line(o, format_args!("r_cm = {:?}", model.f_r_cm));
    line(o, format_args!("theta_deg = {:?}", model.f_theta_deg));
    line(o, format_args!("f = ["));
    for row in &model.f {
        line(o, format_args!("  {row:?},"));
    }
    line(o, format_args!("]"));
    write_capsule(o, notes, geometry)?;
    for conflict in notes.get("conflicts").and_then(Value::as_array).into_iter().flatten() {
        line(o, format_args!("\n[[conflicts]]"));
        for (key, value) in conflict.as_table().into_iter().flatten() {
            line(o, format_args!("{key} = {value}"));
        }
    }
    Ok(out)
}

fn write_capsule(o: &mut String, notes: &Table, geometry: &Table) -> Result<(), String> {
    line(o, format_args!("\n[capsule]"));
    if let Some(own) = notes.get("capsule").and_then(Value::as_table) {
        for (key, value) in own.iter().filter(|(key, _)| *key != "markers") {
            line(o, format_args!("{key} = {value}"));
        }
        for marker in own.get("markers").and_then(Value::as_array).into_iter().flatten() {
            line(o, format_args!("\n[[capsule.markers]]"));
            for (key, value) in marker.as_table().into_iter().flatten() {
                line(o, format_args!("{key} = {value}"));
            }
        }
        return Ok(());
    }
    let Some(key) = notes.get("geometry").and_then(Value::as_str) else {
        line(
            o,
            format_args!(
                "nominal = true # no description on hand: the size of a usual seed, for the inside of the metal only"
            ),
        );
        line(o, format_args!("length_mm = 4.5\ndiameter_mm = 0.8"));
        pair(o, "material", "titanium");
        pair(o, "source", "nominal, unverified");
        return Ok(());
    };
    let seed = geometry
        .get("seed")
        .and_then(|seeds| seeds.get(key))
        .and_then(Value::as_table)
        .ok_or_else(|| format!("seed_geometry.toml has no seed '{key}'"))?;
    let capsule = seed.get("capsule").and_then(Value::as_table).ok_or_else(|| format!("{key} has no capsule"))?;
    let size = |what: &str| number(capsule, what).ok_or_else(|| format!("{key}.capsule has no {what}"));
    line(o, format_args!("length_mm = {:?}", size("length")?));
    line(o, format_args!("diameter_mm = {:?}", size("outer_diameter")?));
    line(o, format_args!("wall_mm = {:?}", size("wall")?));
    pair(o, "material", string(capsule, "material")?);
    pair(o, "source", string(seed, "cite")?);
    if let Some(uncertain) = seed.get("uncertain") {
        line(o, format_args!("uncertain = {uncertain}"));
    }
    let parts: Vec<&Table> =
        seed.get("parts").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table).collect();
    for marker in markers(&parts) {
        let Marker { material, diameter_mm, length_mm, centre_mm } = marker;
        line(o, format_args!("\n[[capsule.markers]]"));
        pair(o, "material", &material);
        line(o, format_args!("diameter_mm = {diameter_mm:?}"));
        if let Some(length_mm) = length_mm {
            line(o, format_args!("length_mm = {length_mm:?}"));
        }
        line(o, format_args!("centre_mm = {centre_mm:?}"));
    }
    Ok(())
}

struct Marker {
    material: String,
    diameter_mm: f64,
    length_mm: Option<f64>,
    centre_mm: f64,
}

/// The dense parts of a seed; a rod takes the length of its bevels or tips with it.
fn markers(parts: &[&Table]) -> Vec<Marker> {
    const DENSE: [&str; 5] = ["silver", "gold", "lead", "tungsten", "palladium"];
    let mut found = Vec::new();
    for part in parts {
        let text = |key: &str| part.get(key).and_then(Value::as_str).unwrap_or_default();
        let pair = |key: &str| {
            let list = part.get(key)?.as_array()?;
            Some([list.first()?.as_float()?, list.get(1)?.as_float()?])
        };
        // a palladium coating of some micrometres is no marker
        if !DENSE.contains(&text("material")) || text("name").contains("coating") {
            continue;
        }
        let mirrored = part.get("mirror").and_then(Value::as_bool).unwrap_or(false);
        let diameter = |outer: f64| (outer * 2e6).round() / 1e6;
        match (text("kind"), pair("r"), pair("z"), number(part, "c")) {
            ("cyl", Some(r), Some(z), _) => {
                let first_word = text("name").split(' ').next().unwrap_or_default();
                let tip = parts
                    .iter()
                    .filter(|other| {
                        let name = other.get("name").and_then(Value::as_str).unwrap_or_default();
                        name != text("name") && name.starts_with(first_word) && text("name") == first_word
                    })
                    .filter_map(|other| other.get("z")?.as_array()?.get(1)?.as_float())
                    .fold(z[1], f64::max);
                let (low, high) = if mirrored || tip.abs() < 1e-9 { (z[0], z[1]) } else { (z[0] - (tip - z[1]), tip) };
                let (length, centre) = (((high - low) * 1e6).round() / 1e6, ((low + high) * 5e5).round() / 1e6);
                for centre_mm in if mirrored { vec![-centre, centre] } else { vec![centre] } {
                    found.push(Marker {
                        material: text("material").into(),
                        diameter_mm: diameter(r[1]),
                        length_mm: Some(length),
                        centre_mm,
                    });
                }
            }
            ("sphere", Some(r), None, Some(c)) => {
                for centre_mm in if mirrored { vec![-c, c] } else { vec![c] } {
                    found.push(Marker {
                        material: text("material").into(),
                        diameter_mm: diameter(r[1]),
                        length_mm: None,
                        centre_mm,
                    });
                }
            }
            _ => {}
        }
    }
    found.sort_by(|a, b| a.centre_mm.total_cmp(&b.centre_mm));
    found
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // writing to a String cannot fail
    let _ = writeln!(out, "{text}");
}

fn pair(out: &mut String, key: &str, value: &str) {
    line(out, format_args!("{key} = {}", Value::String(value.to_owned())));
}
