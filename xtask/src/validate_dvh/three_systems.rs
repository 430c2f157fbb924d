//! An external-beam prostate case that three systems evaluated.

use std::fmt::Write;
use std::path::Path;

use dose::dvh::{Dvh, DvhOptions, Outside};
use image::{Region, RegionOptions, Volume};
use physics::Gray;

use super::vtk;

/// In the order of the files and of the tables' columns.
const STRUCTURES: [&str; 6] = ["Body", "Bladder", "Femoral head, left", "Femoral head, right", "PTV", "Rectum"];
const SYSTEMS: [(&str, &str); 3] = [("Eclipse", "Eclipse"), ("CERR", "CERR"), ("SlicerRT", "SlicerRT")];

/// A cumulative histogram as a table: dose, percent; and the volume in its heading.
struct Table {
    cm3: f64,
    /// half a unit of the last printed digit of the volume
    cm3_unsure: f64,
    points: Vec<(f64, f64)>,
}

impl Table {
    /// Half the step of the doses: what a dose read from the table may be off by.
    fn dose_unsure(&self) -> f64 {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else { return 0.0 };
        (last.0 - first.0) / (self.points.len() - 1).max(1) as f64 / 2.0
    }

    fn dose_at(&self, percent: f64) -> Option<f64> {
        let at = self.points.iter().position(|point| point.1 < percent)?;
        let (below, above) = (self.points.get(at.checked_sub(1)?)?, self.points.get(at)?);
        Some(below.0 + (below.1 - percent) / (below.1 - above.1) * (above.0 - below.0))
    }

    /// The area under the cumulative curve.
    fn mean(&self) -> f64 {
        self.points.windows(2).map(|p| (p[1].0 - p[0].0) * f64::midpoint(p[0].1, p[1].1) / 100.0).sum()
    }
}

fn tables(path: &Path) -> Result<Vec<Table>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut lines = text.lines();
    let heading: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let rows: Vec<Vec<Option<f64>>> =
        lines.map(|line| line.split(',').map(|cell| cell.trim().parse().ok()).collect()).collect();
    (0..STRUCTURES.len())
        .map(|n| {
            let title = heading.get(2 * n + 1).ok_or("a column is missing")?;
            let printed = title.split_once("% of ").and_then(|(_, rest)| rest.split(' ').next()).unwrap_or_default();
            let cm3 = printed.parse().map_err(|_| format!("no volume in '{title}'"))?;
            let digits = printed.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            let cm3_unsure = 0.5 * 0.1_f64.powi(digits as i32);
            let points = rows.iter().filter_map(|row| Some(((*row.get(2 * n)?)?, (*row.get(2 * n + 1)?)?))).collect();
            Ok(Table { cm3, cm3_unsure, points })
        })
        .collect()
}

/// One value of each system and of ours.
struct Line {
    structure: &'static str,
    index: &'static str,
    theirs: [f64; 3],
    /// how far each of theirs may be off because of the step of its table
    unsure: [f64; 3],
    ours: f64,
}

impl Line {
    /// How far ours lies below (negative) or above the three; zero among them.
    fn off(&self, with_steps: bool) -> f64 {
        let share = if with_steps { 1.0 } else { 0.0 };
        let ends = self.theirs.iter().zip(&self.unsure);
        let low = ends.clone().map(|(v, u)| v - share * u).fold(f64::INFINITY, f64::min);
        let high = ends.map(|(v, u)| v + share * u).fold(f64::NEG_INFINITY, f64::max);
        (self.ours - high).max(0.0) + (self.ours - low).min(0.0)
    }

    fn place(&self, with_steps: bool) -> String {
        match self.off(with_steps) {
            0.0 => "within".into(),
            off if off < 0.0 => format!("{:.3} below", -off),
            off => format!("{off:.3} above"),
        }
    }
}

/// A structure of the case.
fn drawn(folder: &Path, n: usize) -> Result<Region, String> {
    let file = folder.join(format!("EclipseProstate_Structures.seg/EclipseProstate_Structures.seg_{n}.vtp"));
    let structure = super::structure(STRUCTURES[n], vtk::contours(&file)?);
    Region::from_structure(&structure, &RegionOptions::default()).map_err(|e| e.to_string())
}

fn histogram(dose: &Volume, region: &Region) -> Result<Dvh, String> {
    let options = DvhOptions { outside: Outside::Exclude, ..DvhOptions::default() };
    Dvh::compute(dose, region, &options).map_err(|e| e.to_string())
}

fn lines(folder: &Path) -> Result<Vec<Line>, String> {
    let dose = vtk::nrrd(&folder.join("EclipseProstate_Dose.nrrd"))?;
    let systems: Vec<Vec<Table>> = SYSTEMS
        .iter()
        .map(|(_, file)| tables(&folder.join(format!("EclipseProstate_DvhTable_{file}.csv"))))
        .collect::<Result<_, _>>()?;
    let mut lines = Vec::new();
    for (n, structure) in STRUCTURES.into_iter().enumerate() {
        let dvh = histogram(&dose, &drawn(folder, n)?)?;
        // of each system the value and how far it may be off
        let mut add = |index: &'static str, of: &dyn Fn(&Table) -> Option<(f64, f64)>, ours: Option<f64>| {
            let values: Vec<(f64, f64)> = systems.iter().filter_map(|tables| of(tables.get(n)?)).collect();
            if let (&[a, b, c], Some(ours)) = (values.as_slice(), ours) {
                lines.push(Line { structure, index, theirs: [a.0, b.0, c.0], unsure: [a.1, b.1, c.1], ours });
            }
        };
        add("volume, cm³", &|t| Some((t.cm3, t.cm3_unsure)), Some(dvh.volume_cm3));
        // the body sticks out of the dose grid, and each system does something else with the part outside
        if n == 0 {
            continue;
        }
        add("Dmean, Gy", &|t| Some((t.mean(), t.dose_unsure())), Some(dvh.mean.value()));
        for (index, percent) in
            [("D98, Gy", 98.0), ("D90, Gy", 90.0), ("D50, Gy", 50.0), ("D10, Gy", 10.0), ("D2, Gy", 2.0)]
        {
            add(
                index,
                &|t| Some((t.dose_at(percent)?, t.dose_unsure())),
                dvh.hottest_percent(percent).map(Gray::value),
            );
        }
    }
    Ok(lines)
}

/// D98 of the rectum by our rule, with nothing beyond the last contours, and with the doses of the contour planes alone.
fn rectum_ends(folder: &Path) -> Result<[f64; 3], String> {
    let dose = vtk::nrrd(&folder.join("EclipseProstate_Dose.nrrd"))?;
    let ours = drawn(folder, STRUCTURES.len() - 1)?;
    let mut cut = ours.clone();
    if let [first, .., last] = cut.planes.as_mut_slice() {
        (first.low_mm, last.high_mm) = (first.position_mm, last.position_mm);
    }
    let mut flat = ours.clone();
    for plane in &mut flat.planes {
        // the planes are evenly spaced: each weighs its area
        (plane.low_mm, plane.high_mm) = (plane.position_mm - 0.001, plane.position_mm + 0.001);
    }
    let mut values = [f64::NAN; 3];
    for (value, region) in values.iter_mut().zip([ours, cut, flat]) {
        *value = histogram(&dose, &region)?.hottest_percent(98.0).map_or(f64::NAN, Gray::value);
    }
    Ok(values)
}

/// Ours beside the three, and whether it lies among them.
pub fn section() -> Result<String, String> {
    let say = |e: std::fmt::Error| e.to_string();
    let mut out = String::from("## Beside three systems\n\n");
    let Some(folder) = super::reference("dvh-prostate") else {
        out.push_str("skipped: ../shared/data/dvh-prostate is missing\n");
        return Ok(out);
    };
    let lines = lines(&folder)?;
    let text = "An external-beam prostate plan (SlicerRT's test data) with the histograms of the planning system (Eclipse), of CERR and of SlicerRT. \
                The structures are the contours of the planning system, the dose grid is of 2.5 mm. Their values are read from their tables by straight \
                lines between the rows. Such a table does not say where in a step the volume lies, nor whether its dose is the lower end or the middle of \
                the step (CERR's doses lie 0.1 Gy, half a step, below the others' throughout), so a dose read from it is known to half a step: 0.023 Gy \
                (Eclipse), 0.1 Gy (the others); and a volume to half its last printed digit. The last column widens the three values by that. For the \
                steps of 0.2 Gy this is a wide allowance beside differences of hundredths of a Gy; the column before it allows nothing.";
    write!(out, "{text}\n\n| structure | index |").map_err(say)?;
    for (name, _) in SYSTEMS {
        write!(out, " {name} |").map_err(say)?;
    }
    out.push_str(" Dosewright | among them | within the tables' steps |\n|---|---|--:|--:|--:|--:|---|---|\n");
    for line in &lines {
        let [a, b, c] = line.theirs;
        writeln!(
            out,
            "| {} | {} | {a:.3} | {b:.3} | {c:.3} | {:.3} | {} | {} |",
            line.structure,
            line.index,
            line.ours,
            line.place(false),
            line.place(true)
        )
        .map_err(say)?;
    }
    let count = |with_steps| lines.iter().filter(|line| line.off(with_steps) == 0.0).count();
    writeln!(
        out,
        "\n{} of {} values lie among the three, {} within the steps of their tables.",
        count(false),
        lines.len(),
        count(true)
    )
    .map_err(say)?;
    let [ours, cut, flat] = rectum_ends(&folder)?;
    write!(
        out,
        "\n**D98 of the rectum** hangs on the last slices, where the dose falls by several Gy per mm: {ours:.2} Gy with half a slice beyond the last contours and \
         the dose read between the planes (ours); {flat:.2} Gy with the same volume and only the doses in the contour planes, which is what CERR does (its histogram \
         has a step for each of the last slices); {cut:.2} Gy with nothing beyond the last contours; Eclipse lies between the last two. The three differ among themselves by more than ours from the \
         nearest. An organ whose last contour is drawn on a slice is there for that slice's thickness, and the dose within a slice is not the same throughout, so we keep \
         the rule; the least dose of an organ at its ends is known to no better than the slice lets.\n"
    )
    .map_err(say)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    #[test]
    fn agrees_with_the_three_systems() {
        let Some(folder) = super::super::reference("dvh-prostate") else {
            println!("skipped: ../shared/data/dvh-prostate is missing");
            return;
        };
        for line in super::lines(&folder).unwrap() {
            let low = line.theirs.iter().copied().fold(f64::INFINITY, f64::min);
            let high = line.theirs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let slack = 0.05 + 0.3 * (high - low);
            assert!(line.off(true).abs() < slack, "{} {}: {}", line.structure, line.index, line.ours);
        }
    }
}
