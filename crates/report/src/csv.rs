//! Tables for a spreadsheet: comma-separated values (RFC 4180) in UTF-8.
//!
//! They begin with a byte-order mark, without which Chinese Excel reads them as GBK. Column names are English and
//! carry the unit, so that a script reads the files of either language. A number that is not finite is left empty.

use crate::verification::{Curve, Seed, SeedGroup};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The cumulative histograms, one row per structure and dose: structure, dose (Gy), volume (cm³), volume (%).
pub fn dvh(curves: &[Curve<'_>]) -> String {
    let mut out = String::from(BYTE_ORDER_MARK);
    row(&mut out, ["structure", "dose_Gy", "volume_cm3", "volume_percent"].map(str::to_owned));
    for curve in curves {
        for &(dose, volume) in curve.points {
            let percent = 100.0 * volume / curve.volume_cm3;
            row(&mut out, [field(&curve.structure), number(dose), number(volume), number(percent)]);
        }
    }
    out
}

/// The seeds, one row each: number, model, strength (U), centre (mm), axis, confidence, note, origin.
pub fn seeds(seeds: &[Seed], groups: &[SeedGroup]) -> String {
    let mut out = String::from(BYTE_ORDER_MARK);
    let names = ["seed", "model", "air_kerma_strength_U", "x_mm", "y_mm", "z_mm", "axis_x", "axis_y", "axis_z"];
    row(&mut out, names.into_iter().chain(["confidence", "note", "origin"]).map(str::to_owned));
    for seed in seeds {
        let group = groups.get(seed.group);
        let axis = seed.axis.unwrap_or([f64::NAN; 3]);
        let cells = [seed.number.to_string()]
            .into_iter()
            .chain([group.map(|g| field(&g.model)).unwrap_or_default()])
            .chain([group.map(|g| number(g.strength.value())).unwrap_or_default()])
            .chain(seed.centre.map(number))
            .chain(axis.map(number))
            .chain([seed.confidence.map(number).unwrap_or_default(), field(&seed.note), seed.origin.name().to_owned()]);
        row(&mut out, cells);
    }
    out
}

fn row(out: &mut String, cells: impl IntoIterator<Item = String>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&cell);
    }
    out.push_str("\r\n");
}

/// A text cell: quoted where the format asks for it. A leading `=`, `+`, `-`, `@`, tab or return would be run as a
/// formula by a spreadsheet (a structure can be named anything), so such text is set off by an apostrophe.
fn field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// The shortest text that reads back as the same number rounded to a millionth.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let rounded = (value * 1e6).round() / 1e6;
    // beyond 1e15 a millionth cannot be represented, and minus zero is zero
    if rounded.is_finite() && value.abs() < 1e9 { format!("{}", rounded + 0.0) } else { format!("{value:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verification::{Origin, Role};
    use physics::AirKermaStrength;

    #[test]
    fn histogram_rows_carry_both_volumes() {
        let points = [(0.0, 40.0), (145.0, 37.5), (290.0, f64::NAN)];
        let curve = Curve {
            structure: "Urètre, \"distal\"\n前列腺".to_owned(),
            colour: [0, 0, 0],
            role: Role::Target,
            volume_cm3: 40.0,
            min_mean_max_gy: [0.0; 3],
            points: &points,
        };
        let text = dvh(&[curve]);
        assert!(text.starts_with("\u{feff}structure,dose_Gy,volume_cm3,volume_percent\r\n"));
        assert!(text.contains("\"Urètre, \"\"distal\"\"\n前列腺\",145,37.5,93.75\r\n"));
        assert!(text.ends_with(",290,,\r\n"), "a volume that is not a number is left empty");
    }

    #[test]
    fn seed_rows_are_complete_and_carry_no_formula() {
        let group = SeedGroup {
            model: "STM1251".to_owned(),
            nuclide: "I-125".to_owned(),
            half_life: "59.4 d".to_owned(),
            strength: AirKermaStrength::new(0.621),
            strength_date: String::new(),
            count: 1,
            length_mm: 4.5,
            diameter_mm: 0.8,
        };
        let seed = Seed {
            number: 7,
            centre: [1.0 / 3.0, -2.5, 1e300],
            axis: None,
            confidence: Some(0.98),
            origin: Origin::Found,
            group: 0,
            note: "=HYPERLINK(1)".to_owned(),
        };
        let text = seeds(&[seed], &[group]);
        let row = text.lines().nth(1).expect("a row");
        assert_eq!(row, "7,STM1251,0.621,0.333333,-2.5,1e300,,,,0.98,'=HYPERLINK(1),found");
        assert_eq!(row.matches(',').count(), text.lines().next().expect("names").matches(',').count());
    }
}
