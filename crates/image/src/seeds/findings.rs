//! What the finder hands back: seeds, what it is unsure of, and sentences for people.

use crate::Point;

/// One seed found on CT.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundSeed {
    /// centre of the capsule, LPS mm
    pub centre: Point,
    /// unit vector along the capsule (sign without meaning); `None` where the scan does not determine it
    pub axis: Option<Point>,
    /// standard error of the axis direction from the fit, degrees; 90 when undetermined
    pub axis_error_deg: f64,
    /// how sure the finder is that this is one seed, 0 to 1
    pub confidence: f64,
    /// integrated brightness in units of the scan's single seed
    pub brightness: f64,
    /// the clump it was fitted in; an index into [`Findings::clumps`]
    pub clump: usize,
    /// what made it doubtful, if anything
    pub note: Option<Doubt>,
}

/// Why a seed's confidence is low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// its clump could nearly as well hold one seed less
    OneLess,
    /// its clump could nearly as well hold one seed more
    OneMore,
    /// it is fainter than the scan's seeds
    Faint,
    /// it is brighter than the scan's seeds
    Bright,
    /// its image is not quite that of a capsule
    Shape,
    /// it lies beside bone
    BesideBone,
}

/// Bright voxels that touch, explained together.
#[derive(Debug, Clone, PartialEq)]
pub struct Clump {
    /// indices into [`Findings::seeds`]
    pub seeds: Vec<usize>,
    /// how many seeds its integrated brightness is worth
    pub brightness_count: f64,
}

/// What a rejected bright object seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// wider or fainter than a seed
    Calcification,
    /// part of the skeleton
    Bone,
    /// brighter than a seed: gold or steel marker, clip
    Fiducial,
    /// long and thin: catheter, stent, wire
    Catheter,
}

/// Something a person should look at.
#[derive(Debug, Clone, PartialEq)]
pub enum Warning {
    /// two seeds touch; one may be two, or two one
    TouchingSeeds {
        /// index into [`Findings::seeds`]
        a: usize,
        /// index into [`Findings::seeds`]
        b: usize,
        /// distance of their centres, mm
        distance_mm: f64,
    },
    /// one seed may be two
    MaybeTwo {
        /// index into [`Findings::seeds`]
        seed: usize,
        /// its brightness in seeds
        brightness: f64,
    },
    /// the number found is not the number expected
    CountDiffers {
        /// as told
        expected: usize,
        /// as found
        found: usize,
        /// by integrated brightness of the found clumps
        brightness_count: f64,
    },
    /// something just below what passes for a seed
    PossibleSeed {
        /// where, LPS mm
        centre: Point,
        /// its brightness in seeds
        brightness: f64,
        /// 0 to 1
        confidence: f64,
    },
    /// a bright object that is not a seed
    RejectedObject {
        /// what it seems to be
        kind: ObjectKind,
        /// where, LPS mm
        centre: Point,
        /// its brightness in seeds
        brightness: f64,
    },
    /// the scan shows too few isolated seeds to measure a single seed's brightness well
    BrightnessUncertain {
        /// isolated seeds used
        seeds: usize,
    },
}

/// The language of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// 简体中文
    Chinese,
    /// English
    English,
}

/// The scan's own constants as the finder measured them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScanConstants {
    /// integrated brightness of one seed, HU mm³
    pub seed_brightness_hu_mm3: f64,
    /// relative spread of the brightness between seeds
    pub brightness_spread: f64,
    /// standard deviation of the point spread in the slice plane, capsule width included, mm
    pub sigma_plane_mm: f64,
    /// standard deviation of the point spread along the slices, mm
    pub sigma_slice_mm: f64,
    /// image noise, HU
    pub noise_hu: f64,
}

/// The result of a search.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// the seeds, ordered from feet to head, then back, then left
    pub seeds: Vec<FoundSeed>,
    /// the clumps they were fitted in
    pub clumps: Vec<Clump>,
    /// what a person should look at
    pub warnings: Vec<Warning>,
    /// number of seeds by integrated brightness alone, summed over the clumps
    pub brightness_count: f64,
    /// the scan's constants; `None` when nothing like a seed was there to measure
    pub scan: Option<ScanConstants>,
}

impl Warning {
    /// The warning as a sentence. Seeds are numbered from 1.
    pub fn sentence(&self, language: Language) -> String {
        match language {
            Language::Chinese => self.chinese(),
            Language::English => self.english(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::TouchingSeeds { a, b, distance_mm } => {
                format!("seeds {} and {} touch ({distance_mm:.1} mm between centres); one may be two", a + 1, b + 1)
            }
            Self::MaybeTwo { seed, brightness } => {
                format!("seed {} is as bright as {brightness:.1} seeds; it may be two", seed + 1)
            }
            Self::CountDiffers { expected, found, brightness_count } => format!(
                "{expected} seeds were expected, {found} were found; their brightness is that of {brightness_count:.1} seeds"
            ),
            Self::PossibleSeed { centre, brightness, confidence } => format!(
                "possible seed at {} not counted (brightness {brightness:.2} of a seed, confidence {:.0} %)",
                place(centre),
                confidence * 100.0
            ),
            Self::RejectedObject { kind, centre, brightness } => {
                let name = match kind {
                    ObjectKind::Calcification => "calcification",
                    ObjectKind::Bone => "bone",
                    ObjectKind::Fiducial => "gold marker or clip?",
                    ObjectKind::Catheter => "catheter, stent or wire",
                };
                format!("{name} at {} not counted ({brightness:.1} times a seed's brightness)", place(centre))
            }
            Self::BrightnessUncertain { seeds } => {
                format!(
                    "only {seeds} isolated seed(s) to measure the brightness of one seed by; check the count of touching seeds"
                )
            }
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::TouchingSeeds { a, b, distance_mm } => {
                format!("粒子 {} 与粒子 {} 相接触（中心距 {distance_mm:.1} mm），其中一粒可能为两粒。", a + 1, b + 1)
            }
            Self::MaybeTwo { seed, brightness } => {
                format!("粒子 {} 的亮度相当于 {brightness:.1} 粒，可能为两粒。", seed + 1)
            }
            Self::CountDiffers { expected, found, brightness_count } => {
                format!("预期 {expected} 粒，检出 {found} 粒；按总亮度估计为 {brightness_count:.1} 粒。")
            }
            Self::PossibleSeed { centre, brightness, confidence } => format!(
                "{} 处可能有一粒未计入（亮度为单粒的 {brightness:.2} 倍，置信度 {:.0} %）。",
                place(centre),
                confidence * 100.0
            ),
            Self::RejectedObject { kind, centre, brightness } => {
                let name = match kind {
                    ObjectKind::Calcification => "钙化",
                    ObjectKind::Bone => "骨",
                    ObjectKind::Fiducial => "疑似金标或夹子",
                    ObjectKind::Catheter => "导管、支架或导丝",
                };
                format!("{} 处的{name}未计入（亮度为单粒的 {brightness:.1} 倍）。", place(centre))
            }
            Self::BrightnessUncertain { seeds } => {
                format!("仅有 {seeds} 粒孤立粒子可用于测定单粒亮度，请核对相接触粒子的数目。")
            }
        }
    }
}

fn place(p: &Point) -> String {
    format!("({:.1}, {:.1}, {:.1}) mm", p[0], p[1], p[2])
}
