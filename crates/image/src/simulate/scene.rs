//! What lies on the scanner's couch.

use super::{Dense, Material, SeedSolid, Shape};
use crate::Point;

/// Random variation of a tissue's CT number: lattice noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Texture {
    /// standard deviation, HU
    pub amplitude_hu: f64,
    /// distance between lattice points, mm
    pub scale_mm: f64,
}

/// A part of the anatomy.
#[derive(Debug, Clone, PartialEq)]
pub struct Solid {
    /// where
    pub shape: Shape,
    /// mean CT number, HU
    pub hu: f64,
    /// variation within it
    pub texture: Option<Texture>,
}

/// A seed in the scene.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneSeed {
    /// centre of the capsule, mm
    pub centre: Point,
    /// unit vector along the capsule
    pub axis: Point,
}

/// Rigid sinusoidal motion of everything, such as breathing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Motion {
    /// displacement at the peak, mm
    pub amplitude_mm: Point,
    /// duration of a cycle, s
    pub period_s: f64,
    /// phase at the first slice, radian
    pub phase: f64,
    /// duration of a half rotation, which takes one slice, s
    pub exposure_s: f64,
    /// time from one slice to the next, s
    pub interval_s: f64,
}

impl Motion {
    /// Displacement when `part` (0 to 1) of the exposure of slice `k` has passed, mm.
    pub(crate) fn offset(&self, k: usize, part: f64) -> Point {
        let time_s = k as f64 * self.interval_s + part * self.exposure_s;
        let sin = (std::f64::consts::TAU * time_s / self.period_s + self.phase).sin();
        self.amplitude_mm.map(|a| a * sin)
    }
}

/// What is not a seed but may look like one.
#[derive(Debug, Clone, PartialEq)]
pub struct DistractorObject {
    /// what it is, for the breakdown of false findings: calcification, gold marker, clip, stent…
    pub kind: &'static str,
    /// the objects it is made of
    pub objects: Vec<Dense>,
}

/// What is scanned. All positions in patient coordinates, mm.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scene {
    /// the anatomy, painted in order: later solids replace earlier ones; air where there is none
    pub solids: Vec<Solid>,
    /// the seed model; needed when there are seeds
    pub seed_solid: Option<SeedSolid>,
    /// the seeds
    pub seeds: Vec<SceneSeed>,
    /// other dense objects
    pub others: Vec<DistractorObject>,
    /// movement during the scan
    pub motion: Option<Motion>,
}

impl Scene {
    /// Adds a solid of uniform CT number.
    pub fn paint(&mut self, shape: Shape, hu: f64) -> &mut Self {
        self.solids.push(Solid { shape, hu, texture: None });
        self
    }

    /// Adds a solid with texture.
    pub fn paint_textured(&mut self, shape: Shape, hu: f64, amplitude_hu: f64, scale_mm: f64) -> &mut Self {
        self.solids.push(Solid { shape, hu, texture: Some(Texture { amplitude_hu, scale_mm }) });
        self
    }

    /// Adds another dense object.
    pub fn place(&mut self, kind: &'static str, objects: Vec<Dense>) -> &mut Self {
        self.others.push(DistractorObject { kind, objects });
        self
    }

    /// Adds a calcification: a spheroid whose CT number is about `hu` where it is larger than the scanner's blur.
    pub fn calcify(&mut self, centre: Point, axis: Point, semi_mm: [f64; 2], hu: f64) -> &mut Self {
        if let Some(mineral) = Material::named("hydroxyapatite") {
            let fill = (hu / mineral.nominal_hu()).clamp(0.0, 1.0);
            self.place("calcification", vec![Dense::blob(centre, axis, semi_mm, mineral, fill)]);
        }
        self
    }

    /// All dense objects, seeds first.
    pub(crate) fn dense(&self) -> Vec<Dense> {
        let mut all = Vec::new();
        if let Some(solid) = &self.seed_solid {
            all.extend(self.seeds.iter().map(|seed| solid.at(seed.centre, seed.axis)));
        }
        all.extend(self.others.iter().flat_map(|o| o.objects.iter().cloned()));
        all
    }

    /// CT number of the anatomy at a point, without texture or blur, HU.
    pub(crate) fn hu_at(&self, point: Point) -> f64 {
        self.solids.iter().rev().find(|s| s.shape.distance(point) <= 0.0).map_or(-1000.0, |s| s.hu)
    }
}
