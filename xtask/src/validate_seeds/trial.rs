//! One simulated implant, searched by the finder and compared with the truth.

use std::time::Instant;

use image::Point;
use image::seeds::{FinderOptions, find};
use image::simulate::site::{Pelvis, Site, chest, mediastinum, mesh, pelvis};
use image::simulate::{
    Density, FanImplant, HuRange, Motion, Rng, Scanner, SceneSeed, SeedSolid, TemplateImplant, add_touching,
    clearance_mm, ct,
};

/// A find within this distance of a seed, one to one, is that seed.
pub const MATCH_MM: f64 = 3.0;
/// Seeds with less free space than this to a neighbour are counted as touching.
pub const TOUCHING_MM: f64 = 0.5;

/// What is scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// prostate; a few calcifications and rectal gas as in any patient
    Pelvis,
    /// prostate with nine calcifications, three gold markers, a catheter and gas
    Cluttered,
    /// lung lesion, free-hand needles
    Lung,
    /// strands on a stent of the gullet
    Stent,
}

/// A trial; everything random follows from `seed`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    pub place: Place,
    pub density: Density,
    pub thickness_mm: f64,
    /// noise in the centre, HU
    pub noise_hu: f64,
    pub breathing_mm: f64,
    pub range: HuRange,
    pub model: &'static str,
    /// at least 1000: the finder was developed on seeds below
    pub seed: u64,
}

impl Trial {
    /// A clinical prostate implant at 2.5 mm.
    pub fn usual(seed: u64) -> Self {
        let models = ["STM1251", "6711", "AgX100", "2301"];
        Self {
            place: Place::Pelvis,
            density: Density::Clinical,
            thickness_mm: 2.5,
            noise_hu: 12.0,
            breathing_mm: 0.0,
            range: HuRange::Extended,
            model: models[seed as usize % models.len()],
            seed,
        }
    }
}

/// What came of one or more trials.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub implants: usize,
    pub seeds: usize,
    pub found: usize,
    pub touching: usize,
    pub touching_found: usize,
    /// of matched seeds, mm
    pub in_plane_mm: Vec<f64>,
    pub in_space_mm: Vec<f64>,
    /// of matched seeds whose axis was found, degrees
    pub axis_deg: Vec<f64>,
    pub seconds: Vec<f64>,
    /// what lies where a false find is
    pub falses: Vec<&'static str>,
    /// distractors offered, by kind
    pub offered: Vec<&'static str>,
}

impl Outcome {
    pub fn add(&mut self, other: Self) {
        self.implants += other.implants;
        self.seeds += other.seeds;
        self.found += other.found;
        self.touching += other.touching;
        self.touching_found += other.touching_found;
        self.in_plane_mm.extend(other.in_plane_mm);
        self.in_space_mm.extend(other.in_space_mm);
        self.axis_deg.extend(other.axis_deg);
        self.seconds.extend(other.seconds);
        self.falses.extend(other.falses);
        self.offered.extend(other.offered);
    }
}

fn apart(a: Point, b: Point) -> f64 {
    (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
}

/// Runs the trials one after another; each uses all cores.
pub fn run(trials: impl IntoIterator<Item = Trial>) -> Result<Outcome, String> {
    let mut sum = Outcome::default();
    for trial in trials {
        sum.add(one(&trial)?);
    }
    Ok(sum)
}

/// The scene of a trial and the centre of its implant.
fn scene(trial: &Trial, solid: &SeedSolid, rng: &mut Rng) -> (Site, Point) {
    let centre = [rng.between(-1.0, 1.0), rng.between(-1.0, 1.0), rng.between(-2.0, 2.0)];
    let (mut site, middle, mut seeds) = match trial.place {
        Place::Pelvis | Place::Cluttered => {
            let semi = [rng.between(20.0, 25.0), rng.between(16.0, 20.0), rng.between(17.0, 22.0)];
            let clutter = trial.place == Place::Cluttered;
            let wanted = Pelvis {
                centre,
                semi,
                calcifications: if clutter { 9 } else { 3 },
                gold_markers: if clutter { 3 } else { 0 },
                catheter: clutter,
                gas: true,
            };
            let site = pelvis(&wanted, rng);
            let (_, placed) = TemplateImplant::clinical(centre, semi, trial.density).draw(solid, rng);
            (site, centre, placed)
        }
        Place::Lung => {
            let semi = [rng.between(13.0, 19.0), rng.between(12.0, 17.0), rng.between(13.0, 18.0)];
            let lesion = [centre[0] - 78.0, centre[1] + rng.between(-20.0, 25.0), centre[2]];
            let site = chest(lesion, semi, rng);
            let spacing = match trial.density {
                Density::Sparse => 13.0,
                Density::Clinical => 10.0,
                Density::Dense => 7.0,
            };
            let fan = FanImplant {
                entry: [-160.0, rng.between(-60.0, 110.0), rng.between(-20.0, 20.0)],
                centre: lesion,
                semi,
                needle_mm: spacing,
                pitch_mm: spacing,
                displacement_mm: 1.4,
                tilt: 0.15,
            };
            let (_, placed) = fan.draw(solid, rng);
            (site, lesion, placed)
        }
        Place::Stent => stent(centre, solid, rng),
    };
    if trial.density == Density::Dense {
        add_touching(&mut seeds, solid, 3, rng);
    }
    site.scene.seeds = seeds;
    site.scene.seed_solid = Some(solid.clone());
    (site, middle)
}

/// A stent with four strands of seeds outside it.
fn stent(centre: Point, solid: &SeedSolid, rng: &mut Rng) -> (Site, Point, Vec<SceneSeed>) {
    let at = |x: f64, y: f64, z: f64| [centre[0] + x, centre[1] + 22.0 + y, centre[2] + z];
    let line = [at(-2.0, -1.0, -34.0), at(1.0, 1.0, 0.0), at(2.0, -1.0, 34.0)];
    let tumour = [at(-1.0, 0.0, -18.0), at(1.0, 1.0, 0.0), at(1.5, 0.0, 18.0)];
    let mut site = mediastinum(&line, &tumour, 8.5, 5.0, rng);
    site.scene.place("stent", mesh(&line, 8.5, 12, 60.0, 0.2));
    let mut seeds = Vec::new();
    for (strand, n) in (0..4).flat_map(|s| (0..5).map(move |n| (s, n))) {
        let angle = std::f64::consts::FRAC_PI_2 * (f64::from(strand) + 0.5) + rng.normal(0.06);
        let z = (f64::from(n) - 2.0) * 12.0 + rng.normal(1.5);
        let out = 8.5 + solid.diameter_mm() + rng.normal(0.2).abs();
        let bend = if z < 0.0 { [0.09, 0.06, 1.0] } else { [0.03, -0.06, 1.0] };
        let foot = at(1.0 + bend[0] * z, 1.0 + bend[1] * z, z);
        seeds.push(SceneSeed {
            centre: [foot[0] + out * angle.cos(), foot[1] + out * angle.sin(), foot[2]],
            axis: bend,
        });
    }
    (site, at(0.0, 0.0, 0.0), seeds)
}

fn one(trial: &Trial) -> Result<Outcome, String> {
    let solid = SeedSolid::named(trial.model).map_err(|e| e.to_string())?;
    let mut rng = Rng::new(trial.seed, 100);
    let (mut site, centre) = scene(trial, &solid, &mut rng);
    if trial.breathing_mm > 0.0 {
        site.scene.motion = Some(Motion {
            amplitude_mm: [0.0, 0.3 * trial.breathing_mm, trial.breathing_mm],
            period_s: rng.between(3.0, 5.0),
            phase: rng.between(0.0, 6.0),
            exposure_s: 0.25,
            interval_s: 0.12,
        });
    }
    let mut scanner = Scanner::clinical(centre, [120.0, 110.0, 76.0], trial.thickness_mm);
    scanner.psf_fwhm_mm = rng.between(0.95, 1.25);
    scanner.noise_hu = trial.noise_hu;
    scanner.range = trial.range;
    let (volume, truth) = ct(&site.scene, &scanner, trial.seed).map_err(|e| e.to_string())?;
    let options = FinderOptions {
        capsule_length_mm: solid.length_mm(),
        capsule_diameter_mm: solid.diameter_mm(),
        ..FinderOptions::default()
    };
    let start = Instant::now();
    let findings = find(&volume, &options).map_err(|e| e.to_string())?;
    let seconds = start.elapsed().as_secs_f64();

    let mut outcome = Outcome { implants: 1, seeds: truth.seeds.len(), seconds: vec![seconds], ..Outcome::default() };
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (t, seed) in truth.seeds.iter().enumerate() {
        pairs.extend(findings.seeds.iter().enumerate().map(|(f, found)| (apart(seed.centre, found.centre), t, f)));
    }
    // nearest first, each seed and each find once
    pairs.retain(|p| p.0 <= MATCH_MM);
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut taken, mut used) = (vec![false; truth.seeds.len()], vec![false; findings.seeds.len()]);
    for (distance, t, f) in pairs {
        if taken[t] || used[f] {
            continue;
        }
        (taken[t], used[f]) = (true, true);
        let (seed, found) = (&truth.seeds[t], &findings.seeds[f]);
        outcome.found += 1;
        outcome.in_space_mm.push(distance);
        outcome.in_plane_mm.push((seed.centre[0] - found.centre[0]).hypot(seed.centre[1] - found.centre[1]));
        if let Some(axis) = found.axis {
            let cos: f64 = (0..3).map(|a| axis[a] * seed.axis[a]).sum();
            outcome.axis_deg.push(cos.abs().min(1.0).acos().to_degrees());
        }
    }
    let seeds = &site.scene.seeds;
    for (t, seed) in seeds.iter().enumerate() {
        let free = seeds.iter().enumerate().filter(|(o, _)| *o != t).map(|(_, o)| clearance_mm(&solid, seed, o));
        if free.fold(f64::INFINITY, f64::min) < TOUCHING_MM {
            outcome.touching += 1;
            outcome.touching_found += usize::from(taken[t]);
        }
    }
    outcome.offered = truth.distractors.iter().map(|d| d.kind).collect();
    for (found, _) in findings.seeds.iter().zip(&used).filter(|(_, used)| !**used) {
        let near = |points: &[Point], reach: f64| points.iter().any(|p| apart(*p, found.centre) < reach);
        let kind = truth.distractors.iter().find(|d| near(&d.centres, 4.0)).map(|d| d.kind);
        let seeds: Vec<Point> = truth.seeds.iter().map(|s| s.centre).collect();
        outcome.falses.push(match kind {
            Some(kind) => kind,
            None if near(&seeds, 4.0) => "beside a seed",
            None if bony(&site, found.centre) => "bone",
            None => "elsewhere",
        });
    }
    Ok(outcome)
}

/// Whether the anatomy is denser than soft tissue within 3 mm.
fn bony(site: &Site, point: Point) -> bool {
    site.scene.solids.iter().any(|s| s.hu > 150.0 && s.shape.distance(point) < 3.0)
}
