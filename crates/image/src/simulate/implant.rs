//! Random implants as they are found in patients.

use super::rng::Rng;
use super::scene::SceneSeed;
use super::vector::{across, add, along, distance, scale, sub, unit};
use super::{SeedSolid, Shape};
use crate::Point;

/// How seeds lie closer together than usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Density {
    /// every second position
    Sparse,
    /// as planned in a clinic
    Clinical,
    /// needles close together, seeds that touch end to end and side by side
    Dense,
}

/// Where a template's needles go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loading {
    /// the same everywhere
    Uniform,
    /// mostly in the outer part of the gland, to spare the urethra
    Peripheral,
}

/// A prostate implant through a template.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateImplant {
    /// centre of the gland, mm
    pub centre: Point,
    /// semi-axes of the gland, mm
    pub semi: Point,
    /// distance of the template's holes, mm
    pub template_mm: f64,
    /// which holes are used
    pub loading: Loading,
    /// no seed this close to the axis of the urethra, which runs along z through the centre, mm
    pub urethra_mm: f64,
    /// how close seeds lie
    pub density: Density,
    /// standard deviation of each seed's displacement from where it was planned, mm
    pub displacement_mm: f64,
    /// standard deviation of the needles' slope, radian
    pub deflection: f64,
    /// standard deviation of the seeds' tilt from their needle, radian
    pub tilt: f64,
    /// seeds joined by spacers keep their distance along the needle
    pub stranded: bool,
}

impl TemplateImplant {
    /// A clinical implant in a gland of this size.
    pub fn clinical(centre: Point, semi: Point, density: Density) -> Self {
        Self {
            centre,
            semi,
            template_mm: if density == Density::Sparse { 10.0 } else { 5.0 },
            loading: if density == Density::Clinical { Loading::Peripheral } else { Loading::Uniform },
            urethra_mm: 6.0,
            density,
            displacement_mm: 1.2,
            deflection: 0.05,
            tilt: 0.12,
            stranded: true,
        }
    }

    /// Planned and implanted seeds, in the same order; never overlapping.
    pub fn draw(&self, solid: &SeedSolid, rng: &mut Rng) -> (Vec<SceneSeed>, Vec<SceneSeed>) {
        let length = solid.length_mm();
        // train pitch along the needle: seed and spacer
        let pitch = match self.density {
            Density::Sparse => length + 10.5,
            Density::Clinical => length + 5.5,
            Density::Dense => length + 3.0,
        };
        let mut planned = Vec::new();
        let mut placed: Vec<SceneSeed> = Vec::new();
        let half = (self.semi[0].max(self.semi[1]) / self.template_mm).ceil() as i32;
        for (column, row) in (-half..=half).flat_map(|c| (-half..=half).map(move |r| (c, r))) {
            let x = (f64::from(column) + 0.5) * self.template_mm;
            let y = (f64::from(row) + 0.5) * self.template_mm;
            let radius2 = (x / self.semi[0]).powi(2) + (y / self.semi[1]).powi(2);
            // neighbouring holes are not both used: needles bend and would collide
            let alternate = self.template_mm < 8.0 && (column + row).rem_euclid(2) == 0;
            let inner = radius2 < 0.45;
            if radius2 > 1.05 || x.hypot(y) < self.urethra_mm || alternate {
                continue;
            }
            // seeds reach a little beyond the gland, as planned in practice
            let reach = 2.0 * self.semi[2] * (1.12 - radius2).sqrt();
            let sparse = self.loading == Loading::Peripheral && inner;
            let step = if sparse { 2.0 * pitch } else { pitch };
            if sparse && (column.rem_euclid(2) == 0 || x.hypot(y) < 1.4 * self.urethra_mm) {
                continue;
            }
            let seeds = (reach / step).floor() as usize + 1;
            let slope = [rng.normal(self.deflection), rng.normal(self.deflection), 1.0];
            let needle = unit(slope);
            let drift = rng.normal(self.displacement_mm);
            for n in 0..seeds {
                let w = (n as f64 - (seeds as f64 - 1.0) / 2.0) * step;
                let plan = add(self.centre, [x, y, w]);
                planned.push(SceneSeed { centre: plan, axis: [0.0, 0.0, 1.0] });
                let base = along(add(self.centre, [x, y, 0.0]), needle, w + drift);
                placed.push(self.settle(base, needle, solid, &placed, rng));
            }
        }
        (planned, placed)
    }

    /// A seed near `base`, displaced and tilted at random, clear of the others.
    fn settle(&self, base: Point, needle: Point, solid: &SeedSolid, placed: &[SceneSeed], rng: &mut Rng) -> SceneSeed {
        let (u, v) = across(needle);
        for attempt in 0..200 {
            // after many refusals look further away
            let spread = self.displacement_mm * (1.0 + f64::from(attempt) / 40.0);
            let alongside = if self.stranded { 0.25 * spread } else { spread };
            let centre =
                along(along(along(base, u, rng.normal(spread)), v, rng.normal(spread)), needle, rng.normal(alongside));
            let axis = unit(along(along(needle, u, rng.normal(self.tilt)), v, rng.normal(self.tilt)));
            let seed = SceneSeed { centre, axis };
            if placed.iter().all(|other| clearance_mm(solid, &seed, other) > 0.0) {
                return seed;
            }
        }
        SceneSeed { centre: along(base, u, 2.0 * solid.diameter_mm()), axis: needle }
    }
}

/// Free-hand needles that spread as a fan from an entry point, as in lung or liver.
#[derive(Debug, Clone, PartialEq)]
pub struct FanImplant {
    /// where the needles would meet, mm
    pub entry: Point,
    /// centre of the lesion, mm
    pub centre: Point,
    /// semi-axes of the lesion, mm
    pub semi: Point,
    /// distance between needles in the lesion, mm
    pub needle_mm: f64,
    /// distance between seed centres along a needle, mm
    pub pitch_mm: f64,
    /// standard deviation of each seed's displacement, mm
    pub displacement_mm: f64,
    /// standard deviation of the tilt, radian
    pub tilt: f64,
}

impl FanImplant {
    /// Planned and implanted seeds, in the same order.
    pub fn draw(&self, solid: &SeedSolid, rng: &mut Rng) -> (Vec<SceneSeed>, Vec<SceneSeed>) {
        let target = Shape::Ellipsoid { centre: self.centre, semi: self.semi };
        let main = unit(sub(self.centre, self.entry));
        let (u, v) = across(main);
        let half = (self.semi.iter().copied().fold(0.0, f64::max) / self.needle_mm).ceil() as i32;
        let mut planned = Vec::new();
        let mut placed: Vec<SceneSeed> = Vec::new();
        for (a, b) in (-half..=half).flat_map(|a| (-half..=half).map(move |b| (a, b))) {
            // rows shifted by half a distance: a close packing
            let shift = if b.rem_euclid(2) == 0 { 0.0 } else { 0.5 };
            let aim = along(
                along(self.centre, u, (f64::from(a) + shift) * self.needle_mm),
                v,
                f64::from(b) * self.needle_mm * 0.866,
            );
            let needle = unit(sub(aim, self.entry));
            let reach = 2 * (self.semi.iter().copied().fold(0.0, f64::max) / self.pitch_mm).ceil() as i32;
            for n in -reach..=reach {
                let plan = along(aim, needle, f64::from(n) * self.pitch_mm);
                if target.distance(plan) > -1.5 {
                    continue;
                }
                planned.push(SceneSeed { centre: plan, axis: needle });
                let jitter = TemplateImplant {
                    displacement_mm: self.displacement_mm,
                    tilt: self.tilt,
                    stranded: false,
                    ..TemplateImplant::clinical(self.centre, self.semi, Density::Clinical)
                };
                placed.push(jitter.settle(plan, needle, solid, &placed, rng));
            }
        }
        (planned, placed)
    }
}

/// Adds seeds that touch others: every `every`-th seed gets a companion, in turn end to end and side by side.
pub fn add_touching(seeds: &mut Vec<SceneSeed>, solid: &SeedSolid, every: usize, rng: &mut Rng) {
    for n in (0..seeds.len()).step_by(every.max(1)) {
        let Some(host) = seeds.get(n).cloned() else { return };
        let (u, v) = across(host.axis);
        let (sin, cos) = rng.between(0.0, std::f64::consts::TAU).sin_cos();
        let sideways = add(scale(u, cos), scale(v, sin));
        let gap = rng.between(0.02, 0.3);
        let lean = unit(along(host.axis, sideways, rng.between(-0.08, 0.08)));
        let centre = if (n / every.max(1)).is_multiple_of(2) {
            along(along(host.centre, host.axis, solid.length_mm() + gap), sideways, rng.between(0.0, 0.3))
        } else {
            along(along(host.centre, sideways, solid.diameter_mm() + gap + 0.2), host.axis, rng.normal(1.0))
        };
        let seed = SceneSeed { centre, axis: lean };
        if seeds.iter().all(|other| clearance_mm(solid, &seed, other) > 0.0) {
            seeds.push(seed);
        }
    }
}

/// Free space between two capsules (as cylinders with round ends inside the capsule's length), mm; negative when they overlap.
pub fn clearance_mm(solid: &SeedSolid, a: &SceneSeed, b: &SceneSeed) -> f64 {
    let half = (solid.length_mm() - solid.diameter_mm()) / 2.0;
    if distance(a.centre, b.centre) > solid.length_mm() + solid.diameter_mm() {
        return distance(a.centre, b.centre) - solid.length_mm();
    }
    // the distance of two segments by sampling one of them: ample for capsules
    let (from, to) = (along(b.centre, b.axis, -half), along(b.centre, b.axis, half));
    let nearest = (0..=40)
        .map(|n| along(a.centre, a.axis, half * (f64::from(n) / 20.0 - 1.0)))
        .map(|p| super::shape::to_segment(p, from, to))
        .fold(f64::INFINITY, f64::min);
    nearest - solid.diameter_mm()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn implants_are_plausible_and_never_overlap() {
        let solid = SeedSolid::named("6711").unwrap();
        for (density, low, high) in [(Density::Sparse, 15, 40), (Density::Clinical, 40, 110), (Density::Dense, 60, 250)]
        {
            let implant = TemplateImplant::clinical([5.0, -3.0, 10.0], [24.0, 19.0, 21.0], density);
            let (planned, mut placed) = implant.draw(&solid, &mut Rng::new(3, 1));
            assert_eq!(planned.len(), placed.len());
            assert!((low..=high).contains(&placed.len()), "{density:?} {}", placed.len());
            let before = placed.len();
            add_touching(&mut placed, &solid, 6, &mut Rng::new(3, 2));
            assert!(placed.len() > before);
            for (n, a) in placed.iter().enumerate() {
                assert!(distance(a.centre, implant.centre) < 45.0);
                for b in &placed[..n] {
                    assert!(clearance_mm(&solid, a, b) > 0.0);
                }
            }
        }
    }

    #[test]
    fn a_fan_fills_its_lesion() {
        let solid = SeedSolid::named("6711").unwrap();
        let fan = FanImplant {
            entry: [60.0, 90.0, 0.0],
            centre: [0.0; 3],
            semi: [14.0, 12.0, 13.0],
            needle_mm: 9.0,
            pitch_mm: 9.0,
            displacement_mm: 1.5,
            tilt: 0.15,
        };
        let (planned, placed) = fan.draw(&solid, &mut Rng::new(5, 0));
        assert_eq!(planned.len(), placed.len());
        assert!((8..60).contains(&planned.len()), "{}", planned.len());
    }
}
