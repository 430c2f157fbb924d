//! An analytic implant: an ellipsoidal prostate with a urethra, a rectum behind it, seeds on a grid of needles, and a
//! dose that falls with the square of the distance. No physics: only something of the right size and shape to print.

use dosewright_report::Language;
use dosewright_report::verification::{
    ComparedIndex, Comparison, Curve, DataFile, Displacement, Display, Implant, Index, InputFile, Judgement, Method,
    Moment, Origin, Outcome, Patient, PointRatio, Role, Seed, SeedGroup, SeedSource, Severity, Study, SystemDose,
    SystemIndex, Verdict, Verification, Warning,
};
use image::{Contour, ContourKind, Grid, Point, Structure, Unit, Volume, Voxels};
use physics::{AirKermaStrength, Gray};

pub const CENTRE: Point = [12.0, -30.0, 95.0];
const HALF: Point = [23.0, 17.0, 20.0];
const PRESCRIPTION: f64 = 145.0;

/// Which structure, (dose, volume), and lowest, mean and highest dose.
type Histogram = (usize, Vec<(f64, f64)>, [f64; 3]);

pub struct Phantom {
    pub ct: Volume,
    pub dose: Volume,
    pub structures: Vec<Structure>,
    pub seeds: Vec<Seed>,
    curves: Vec<Histogram>,
}

/// Numbers that look random and are the same each time.
pub struct Lcg(pub u64);

impl Lcg {
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn ellipse(p: Point, centre: Point, half: Point) -> f64 {
    (0..3).map(|a| ((p[a] - centre[a]) / half[a]).powi(2)).sum()
}

fn ring(centre: [f64; 2], half: [f64; 2], z: f64) -> Contour {
    let points = (0..72).map(|i| f64::from(i) * 5.0_f64.to_radians());
    Contour {
        kind: ContourKind::ClosedPlanar,
        points: points.map(|t| [centre[0] + half[0] * t.cos(), centre[1] + half[1] * t.sin(), z]).collect(),
        image: None,
    }
}

fn structure(number: i32, name: &str, colour: Option<[u8; 3]>, contours: Vec<Contour>) -> Structure {
    Structure {
        number,
        name: name.to_owned(),
        kind: "ORGAN".to_owned(),
        colour,
        frame_of_reference: "1.2.3".to_owned(),
        contours,
    }
}

impl Phantom {
    pub fn new() -> Self {
        let mut random = Lcg(7);
        let mut seeds = Vec::new();
        for x in -2..=2_i32 {
            for y in -1..=2_i32 {
                for z in -2..=2_i32 {
                    let jitter: [f64; 3] = std::array::from_fn(|_| random.next() * 3.0 - 1.5);
                    let offset = [f64::from(x) * 9.0, f64::from(y) * 9.0 - 4.5, f64::from(z) * 9.0];
                    let centre: Point = std::array::from_fn(|a| CENTRE[a] + offset[a] + jitter[a]);
                    if ellipse(centre, CENTRE, HALF.map(|h| h * 1.02)) < 1.0 {
                        let tilt = [random.next() * 0.5 - 0.25, random.next() * 0.5 - 0.25];
                        let norm = (1.0 + tilt[0].powi(2) + tilt[1].powi(2)).sqrt();
                        let number = seeds.len() + 1;
                        seeds.push(Seed {
                            number,
                            centre,
                            axis: Some([tilt[0] / norm, tilt[1] / norm, 1.0 / norm]),
                            confidence: Some(0.8 + 0.2 * random.next()),
                            origin: Origin::Found,
                            group: 0,
                            note: String::new(),
                        });
                    }
                }
            }
        }
        let dose_grid =
            Grid::axis_aligned([70, 64, 32], [CENTRE[0] - 52.0, CENTRE[1] - 48.0, CENTRE[2] - 39.0], [1.5, 1.5, 2.5]);
        let dose_at = |p: Point| -> f64 {
            let one = |s: &Seed| 1.0 / (0..3).map(|a| (p[a] - s.centre[a]).powi(2)).sum::<f64>().max(0.16);
            2.05 * PRESCRIPTION
                * 2.2
                * seeds.iter().map(|s| one(s) * (-0.02 * (1.0 / one(s)).sqrt()).exp()).sum::<f64>()
        };
        let voxels = |grid: &Grid| {
            (0..grid.len())
                .map(|o| {
                    grid.centre([o % grid.size[0], o / grid.size[0] % grid.size[1], o / grid.size[0] / grid.size[1]])
                })
                .collect::<Vec<_>>()
        };
        let dose: Vec<f32> = voxels(&dose_grid).into_iter().map(|p| dose_at(p) as f32).collect();
        let ct_grid =
            Grid::axis_aligned([160, 150, 36], [CENTRE[0] - 64.0, CENTRE[1] - 60.0, CENTRE[2] - 45.0], [0.8, 0.8, 2.5]);
        let rectum = |p: Point| ellipse([p[0], p[1], 0.0], [CENTRE[0], CENTRE[1] + 29.0, 0.0], [13.0, 10.0, 1.0]);
        let hu: Vec<i16> = voxels(&ct_grid)
            .into_iter()
            .map(|p| {
                let tissue = if ellipse(p, CENTRE, HALF) < 1.0 {
                    42.0
                } else if rectum(p) < 0.5 {
                    -600.0
                } else if rectum(p) < 1.0 {
                    30.0
                } else if (p[0] - CENTRE[0]).abs() > 50.0 {
                    520.0
                } else {
                    -70.0
                };
                let seed = seeds.iter().any(|s| {
                    let along: f64 = (p[2] - s.centre[2]).clamp(-2.0, 2.0);
                    let axis = s.axis.unwrap_or([0.0, 0.0, 1.0]);
                    let near: Point = std::array::from_fn(|a| s.centre[a] + axis[a] * along);
                    (0..3).map(|a| ((p[a] - near[a]) / [0.9, 0.9, 1.6][a]).powi(2)).sum::<f64>() < 1.0
                });
                (if seed { 2600.0 } else { tissue } + (random.next() + random.next() - 1.0) * 60.0) as i16
            })
            .collect();
        let planes = |low: i32, high: i32| (low..=high).map(|k| CENTRE[2] + f64::from(k) * 2.5);
        let prostate = planes(-7, 7)
            .map(|z| {
                let scale = (1.0 - ((z - CENTRE[2]) / HALF[2]).powi(2)).sqrt();
                ring([CENTRE[0], CENTRE[1]], [HALF[0] * scale, HALF[1] * scale], z)
            })
            .collect();
        let urethra = planes(-9, 8).map(|z| ring([CENTRE[0], CENTRE[1] - 2.0], [3.0, 3.0], z)).collect();
        let rectal = planes(-12, 12).map(|z| ring([CENTRE[0], CENTRE[1] + 29.0], [13.0, 10.0], z)).collect();
        let structures = vec![
            structure(1, "前列腺", Some([255, 80, 80]), prostate),
            structure(2, "Urètre", Some([255, 255, 0]), urethra),
            structure(3, "直肠", None, rectal),
        ];
        let curves = [
            (0, [CENTRE[0], CENTRE[1], CENTRE[2]], HALF),
            (1, [CENTRE[0], CENTRE[1] - 2.0, CENTRE[2]], [3.0, 3.0, 22.0]),
            (2, [CENTRE[0], CENTRE[1] + 29.0, CENTRE[2]], [13.0, 10.0, 30.0]),
        ]
        .into_iter()
        .map(|(index, centre, half)| {
            let inside: Vec<Point> = (0..6000)
                .map(|_| std::array::from_fn(|a| centre[a] + half[a] * (random.next() * 2.0 - 1.0)))
                .filter(|&p| ellipse(p, centre, half) < 1.0)
                .collect();
            let mut doses: Vec<f64> = inside.into_iter().map(dose_at).collect();
            doses.sort_by(f64::total_cmp);
            let volume = 4.0 / 3.0 * std::f64::consts::PI * half.iter().product::<f64>() / 1000.0;
            let n = doses.len() as f64;
            let mut curve = vec![(0.0, volume)];
            curve.extend(doses.iter().enumerate().map(|(i, &d)| (d, volume * (n - i as f64 - 1.0) / n)));
            let mean = doses.iter().sum::<f64>() / n;
            (index, curve, [doses[0], mean, *doses.last().expect("doses")])
        })
        .collect();
        Self {
            ct: Volume { grid: ct_grid, voxels: Voxels::I16(hu), unit: Unit::Hounsfield },
            dose: Volume { grid: dose_grid, voxels: Voxels::F32(dose), unit: Unit::Gray },
            structures,
            seeds,
            curves,
        }
    }

    /// A complete report of the phantom.
    pub fn report(&self, language: Language) -> Verification<'_> {
        let zh = language == Language::Chinese;
        let say = |chinese: &str, english: &str| if zh { chinese.to_owned() } else { english.to_owned() };
        let roles = [Role::Target, Role::OrganAtRisk, Role::OrganAtRisk];
        let curves: Vec<Curve<'_>> = self
            .curves
            .iter()
            .map(|(index, points, doses)| Curve {
                structure: self.structures[*index].name.clone(),
                colour: self.structures[*index].colour.unwrap_or([80, 160, 90]),
                role: roles[*index],
                volume_cm3: points[0].1,
                min_mean_max_gy: *doses,
                points,
            })
            .collect();
        let index = |structure: usize,
                     name: &str,
                     value: f64,
                     unit: &str,
                     limit: &str,
                     judgement: Judgement,
                     source: &str,
                     reason: &str| Index {
            structure: self.structures[structure].name.clone(),
            name: name.to_owned(),
            value,
            uncertainty: (name == "D90").then_some(2.3),
            unit: unit.to_owned(),
            limit: limit.to_owned(),
            judgement,
            source: source.to_owned(),
            reason: reason.to_owned(),
            key: !matches!(name, "D30" | "V200"),
        };
        let aapm = "AAPM TG-137 (2009), table IV";
        let absent = say("扫描未包括直肠下端", "the lower rectum lies outside the scan");
        Verification {
            case: "CASE-2026-0142".to_owned(),
            patient: Patient {
                name: "𠮷田㛃䶮".to_owned(),
                id: "ZY00123456".to_owned(),
                birth: "1954-03-08".to_owned(),
                sex: say("男", "male"),
            },
            institution: say("第一人民医院 · 核医学科", "First People's Hospital, Department of Nuclear Medicine"),
            study: Study {
                date: "2026-10-30".to_owned(),
                days_after_implant: Some(30.0),
                description: "36 × 2.5 mm".to_owned(),
            },
            implant: Implant {
                site: say("前列腺", "prostate"),
                date: "2026-09-30".to_owned(),
                groups: vec![SeedGroup {
                    model: "STM1251".to_owned(),
                    nuclide: "¹²⁵I".to_owned(),
                    half_life: "59.4 d".to_owned(),
                    strength: AirKermaStrength::new(0.621),
                    strength_date: "2026-09-30".to_owned(),
                    count: self.seeds.len(),
                    length_mm: 4.5,
                    diameter_mm: 0.81,
                }],
                seeds_from: SeedSource::Found,
                expected_count: Some(self.seeds.len() + 1),
                formalism: say("TG-43U1 二维，线源", "TG-43U1 2D, line source"),
                dose_kind: say("至无穷时间的累积剂量", "dose to infinity"),
            },
            prescription: Gray::new(PRESCRIPTION),
            verdict: Verdict {
                outcome: Outcome::NotMet,
                sentence: say(
                    "靶区 D90 为 154.1 Gy（处方的 106 %），覆盖达标；尿道 D10 超过限值，请结合随访评估。",
                    "Target D90 is 154.1 Gy (106 % of the prescription): coverage is met. Urethra D10 exceeds its limit; consider this at follow-up.",
                ),
                criteria: "prostate-ldr 1.0".to_owned(),
            },
            ct: Some(&self.ct),
            dose: &self.dose,
            structures: &self.structures,
            target: Some(1),
            seeds: self.seeds.clone(),
            curves,
            indices: vec![
                index(0, "D90", 154.07, "Gy", "≥ 145 Gy", Judgement::Met, aapm, ""),
                index(0, "V100", 92.65, "%", "≥ 90 %", Judgement::Met, aapm, ""),
                index(0, "V150", 58.2, "%", "≤ 65 %", Judgement::Met, aapm, ""),
                index(0, "V200", 27.4, "%", "", Judgement::NotJudged, "", ""),
                index(
                    1,
                    "D10",
                    231.6,
                    "Gy",
                    "≤ 217.5 Gy",
                    Judgement::NotMet,
                    aapm,
                    &say("可能增加尿道毒性风险", "raised risk of urethral toxicity"),
                ),
                index(1, "D30", 188.0, "Gy", "", Judgement::NotJudged, "", ""),
                index(2, "D2cc", f64::NAN, "Gy", "≤ 145 Gy", Judgement::NoEvidence, aapm, &absent),
                index(2, "D0.1cc", 176.3, "Gy", "≤ 200 Gy", Judgement::Met, aapm, ""),
            ],
            comparison: Some(self.comparison(language)),
            system: Some(SystemDose {
                name: "Planner 9".to_owned(),
                remark: String::new(),
                indices: vec![SystemIndex {
                    structure: self.structures[0].name.clone(),
                    name: "D90".to_owned(),
                    unit: "Gy".to_owned(),
                    ours: 154.07,
                    theirs: 153.77,
                }],
                ratio: Some(PointRatio { points: 13_579, clear_mm: 4.0, percentiles: [0.987, 0.9991, 1.012] }),
            }),
            warnings: vec![
                Warning {
                    severity: Severity::Caution,
                    text: say(
                        "粒子 12 与 13 相接触，其一可能实为两粒；请在图像上核对。",
                        "Seeds 12 and 13 touch; one may be two. Check them on the images.",
                    ),
                },
                Warning {
                    severity: Severity::Blocking,
                    text: say(
                        "找到的粒子数比计划少 1 粒；在查明之前不要使用本结果。",
                        "One seed fewer was found than planned; settle this before the result is used.",
                    ),
                },
                Warning { severity: Severity::Note, text: say("CT 层厚 2.5 mm。", "CT slices are 2.5 mm thick.") },
            ],
            methods: vec![
                Method {
                    step: say("粒子识别", "Seed finding"),
                    description: say(
                        "CT 阈值与形态联合识别，按积分亮度拆分相接粒子",
                        "CT brightness and shape; touching seeds parted by integrated brightness",
                    ),
                    version: "seeds 1".to_owned(),
                },
                Method {
                    step: say("剂量", "Dose"),
                    description: say(
                        "AAPM TG-43U1（2004）及 2017 年增补 2，二维各向异性函数，水均匀介质",
                        "AAPM TG-43U1 (2004) and supplement 2 (2017), 2D anisotropy, uniform water",
                    ),
                    version: "tg43 1".to_owned(),
                },
            ],
            data: vec![DataFile {
                name: "seeds/stm1251.toml".to_owned(),
                version: "1".to_owned(),
                sha256: "ab".repeat(32),
            }],
            inputs: (0..39)
                .map(|i| InputFile {
                    kind: "CT".to_owned(),
                    path: format!("CT{i:03}.dcm"),
                    sha256: format!("{i:02x}").repeat(32),
                    count: 1,
                })
                .collect(),
            software: "Dosewright 0.1.0".to_owned(),
            result_hash: "0123456789abcdef".repeat(4),
            ledger_head: String::new(),
            generated: Moment {
                year: 2026,
                month: 11,
                day: 23,
                hour: 14,
                minute: 5,
                second: 9,
                utc_offset_minutes: 480,
            },
            display: Display::default(),
        }
    }

    fn comparison(&self, language: Language) -> Comparison<'_> {
        let name = |i: usize| self.structures[i].name.clone();
        let compared = |i: usize, index: &str, unit: &str, planned: f64, implanted: f64| ComparedIndex {
            structure: name(i),
            name: index.to_owned(),
            unit: unit.to_owned(),
            planned,
            implanted,
        };
        let mut random = Lcg(3);
        let mut displacements: Vec<Displacement> = (0..self.seeds.len())
            .map(|i| Displacement {
                planned: Some(i + 1),
                implanted: Some(i + 1),
                vector_mm: Some(std::array::from_fn(|_| random.next() * 6.0 - 3.0)),
            })
            .collect();
        displacements.push(Displacement { planned: Some(self.seeds.len() + 1), implanted: None, vector_mm: None });
        Comparison {
            planned: self.seeds.len() + 1,
            implanted: self.seeds.len(),
            registration: if language == Language::Chinese {
                "同一坐标系".to_owned()
            } else {
                "same frame of reference".to_owned()
            },
            displacements,
            indices: vec![
                compared(0, "D90", "Gy", 168.2, 154.07),
                compared(0, "V100", "%", 97.1, 92.65),
                compared(1, "D10", "Gy", 205.0, 231.6),
            ],
            planned_curves: self
                .curves
                .iter()
                .take(1)
                .map(|(i, points, doses)| Curve {
                    structure: name(*i),
                    colour: [255, 80, 80],
                    role: Role::Target,
                    volume_cm3: points[0].1 * 0.93,
                    min_mean_max_gy: *doses,
                    points: &points[points.len() / 9..],
                })
                .collect(),
        }
    }
}
