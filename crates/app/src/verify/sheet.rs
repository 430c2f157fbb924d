//! The verification as the report wants it, in one of its languages.

use dose::criteria::{
    Comparison as Side, Finding, LimitUnit, NoEvidence, Outcome as Found, Severity as Weight, Verdict,
};
use dose::dvh::Dvh;
use dose::tg43::Formalism;
use image::Structure;
use image::study::{FileKind, SourceFile};
use report::Language;
use report::verification as r;

use super::compare::CLEAR_OF_SEEDS_MM;
use super::notice::{Level, Notice};
use super::record::digest;
use super::{Measured, Verified};
use crate::cli::SeedOrigin;

/// Steps of a histogram's curve.
const STEPS: usize = 300;
/// Curves end at this multiple of the prescription; beyond it lie only the seeds themselves.
const CURVE_END: f64 = 4.0;
const PALETTE: [[u8; 3]; 8] = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [86, 180, 233],
    [230, 159, 0],
    [120, 94, 240],
    [90, 90, 90],
];

/// The curves' points, kept apart because the report only borrows them.
pub struct Points {
    ours: Vec<Vec<(f64, f64)>>,
    planned: Vec<Vec<(f64, f64)>>,
}

/// Samples every histogram.
pub fn points(v: &Verified<'_>) -> Points {
    let sample = |dvh: &Dvh| -> Vec<(f64, f64)> {
        let end = v.prescription * CURVE_END;
        dvh.cumulative(end, STEPS).into_iter().map(|(dose, cm3)| (dose.value(), cm3)).collect()
    };
    Points {
        ours: v.measured.iter().map(|m| sample(&m.dvh)).collect(),
        planned: v.planned.iter().flat_map(|p| &p.measured).map(|m| sample(&m.dvh)).collect(),
    }
}

/// Everything the report shows.
pub fn fill<'a>(v: &'a Verified<'_>, language: Language, points: &'a Points, result_hash: &str) -> r::Verification<'a> {
    let say = |zh: &str, en: &str| if language == Language::Chinese { zh.to_owned() } else { en.to_owned() };
    let patient = &v.study.patient;
    r::Verification {
        case: if patient.id.is_empty() { v.study.identity.id.clone() } else { patient.id.clone() },
        patient: r::Patient {
            name: shown_name(&patient.name),
            id: patient.id.clone(),
            birth: patient.birth_date.map(|d| d.to_string()).unwrap_or_default(),
            sex: match patient.sex.as_str() {
                "M" => say("男", "male"),
                "F" => say("女", "female"),
                "O" => say("其他", "other"),
                _ => String::new(),
            },
        },
        institution: v.request.institution.clone().unwrap_or_default(),
        study: study(v),
        implant: implant(v, &say),
        prescription: v.prescription,
        verdict: verdict(v, &say),
        ct: Some(v.chosen.volume),
        dose: &v.dose.volume,
        structures: &v.chosen.set.structures,
        target: Some(v.target.number),
        seeds: seeds(v),
        curves: curves(v, &v.measured, &points.ours),
        indices: indices(v, language),
        comparison: comparison(v, points, &say),
        system: system(v, &say),
        warnings: Notice::grouped(&v.notices)
            .iter()
            .map(|notice| r::Warning {
                severity: match notice.level {
                    Level::Serious => r::Severity::Blocking,
                    Level::Warning => r::Severity::Caution,
                    Level::Note => r::Severity::Note,
                },
                text: sentence(&say(&notice.zh, &notice.en)),
            })
            .collect(),
        methods: methods(v, &say),
        data: data(v),
        inputs: inputs(&v.study.files, language),
        software: format!("Dosewright {}", env!("CARGO_PKG_VERSION")),
        result_hash: result_hash.to_owned(),
        ledger_head: String::new(),
        generated: moment(&v.now),
        display: display(v),
    }
}

/// With a capital at its beginning.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The ideographic form of a DICOM name where there is one, without the component separators.
fn shown_name(name: &str) -> String {
    let groups: Vec<&str> = name.split('=').collect();
    let group = groups.get(1).filter(|g| !g.trim().is_empty()).or(groups.first()).copied().unwrap_or_default();
    let parts: Vec<&str> = group.split('^').filter(|part| !part.is_empty()).collect();
    let han = group.chars().any(|c| ('\u{3400}'..='\u{9fff}').contains(&c) || c > '\u{20000}');
    parts.join(if han { "" } else { " " })
}

/// Date and time to the minute; the date alone where no time is known, which reads as midnight.
fn when(at: jiff::civil::DateTime) -> String {
    if at.time() == jiff::civil::Time::midnight() {
        at.date().to_string()
    } else {
        format!("{} {:02}:{:02}", at.date(), at.hour(), at.minute())
    }
}

/// Files of one kind told as one when there are more than this many.
const MANY_FILES: usize = 12;

/// Every file, the slices of a long series as one.
fn inputs(files: &[SourceFile], language: Language) -> Vec<r::InputFile> {
    let kind = |kind: FileKind| {
        let key = match kind {
            FileKind::Image => "file.image",
            FileKind::StructureSet => "file.structures",
            FileKind::Plan => "file.plan",
            FileKind::Dose => "file.dose",
            FileKind::Other => "file.other",
            FileKind::Unreadable => "file.unreadable",
        };
        report::terms::term(key, language).to_owned()
    };
    let kinds: std::collections::BTreeSet<FileKind> = files.iter().map(|file| file.kind).collect();
    let mut rows = Vec::new();
    for one in kinds {
        let same: Vec<&SourceFile> = files.iter().filter(|file| file.kind == one).collect();
        match same.as_slice() {
            [first, .., last] if same.len() > MANY_FILES => {
                let mut digests: Vec<&str> = same.iter().map(|file| file.sha256.as_str()).collect();
                digests.sort_unstable();
                let text: String = digests.iter().flat_map(|digest| [digest, "\n"]).collect();
                rows.push(r::InputFile {
                    kind: kind(one),
                    path: format!("{} … {}", first.path.display(), last.path.display()),
                    sha256: digest(text.as_bytes()),
                    count: same.len(),
                });
            }
            few => rows.extend(few.iter().map(|file| r::InputFile {
                kind: kind(one),
                path: file.path.display().to_string(),
                sha256: file.sha256.clone(),
                count: 1,
            })),
        }
    }
    rows
}

fn study(v: &Verified<'_>) -> r::Study {
    let ct = v.chosen.ct;
    let grid = &v.chosen.volume.grid;
    let mut parts: Vec<String> = [&ct.manufacturer, &ct.model].into_iter().filter(|t| !t.is_empty()).cloned().collect();
    // anonymised studies have the same filler in both
    parts.dedup();
    parts.push(format!("{} × {:.2} mm", grid.size[2], grid.spacing[2]));
    parts.extend(ct.kvp.map(|kv| format!("{kv:.0} kV")));
    let days = match (v.request.implant_date, ct.acquired) {
        (Some(implanted), Some(scanned)) => {
            physics::decay::civil_elapsed(implanted, scanned).ok().map(physics::Seconds::days)
        }
        _ => None,
    };
    r::Study {
        date: ct.acquired.map(when).unwrap_or_default(),
        days_after_implant: days,
        description: parts.join(", "),
    }
}

fn implant(v: &Verified<'_>, say: &dyn Fn(&str, &str) -> String) -> r::Implant {
    let groups = v.seeds.kinds.iter().enumerate().map(|(at, kind)| r::SeedGroup {
        model: kind.model.name.clone(),
        nuclide: kind.model.nuclide.id.clone(),
        half_life: format!("{:.2} d", kind.half_life.days()),
        strength: kind.strength,
        strength_date: v.request.implant_date.or(kind.stated_at).map(|t| t.date().to_string()).unwrap_or_default(),
        count: v.seeds.placed.iter().filter(|seed| seed.kind == at).count(),
        length_mm: kind.model.capsule.length_mm,
        diameter_mm: kind.model.capsule.diameter_mm,
    });
    let plan_count = v.chosen.plan.map(|plan| plan.seeds.len()).filter(|_| v.request.seeds == SeedOrigin::Auto);
    r::Implant {
        site: v.target.name.clone(),
        date: v.request.implant_date.map(|t| t.date().to_string()).unwrap_or_default(),
        groups: groups.collect(),
        seeds_from: match v.request.seeds {
            SeedOrigin::Plan => r::SeedSource::Plan,
            SeedOrigin::Auto => r::SeedSource::Found,
        },
        expected_count: v.request.count.or(plan_count),
        formalism: formalism(v.formalism, say),
        dose_kind: say("至无穷时间的总剂量（水中）", "dose to infinity, in water"),
    }
}

fn formalism(form: Formalism, say: &dyn Fn(&str, &str) -> String) -> String {
    match form {
        Formalism::Line2D => say("TG-43 二维，线源", "TG-43 2D, line source"),
        Formalism::Line1D => say("TG-43 一维，线源", "TG-43 1D, line source"),
        Formalism::Point1D => say("TG-43 一维，点源", "TG-43 1D, point source"),
    }
}

fn verdict(v: &Verified<'_>, say: &dyn Fn(&str, &str) -> String) -> r::Verdict {
    let serious = v.notices.iter().any(|notice| notice.level == Level::Serious);
    let failed: Vec<String> = v
        .judged
        .findings
        .iter()
        .filter(|f| f.outcome == Found::NotMet && f.clause.severity == Weight::Required)
        .map(|f| format!("{} {}", f.structure.as_deref().unwrap_or_default(), f.clause.index).trim().to_owned())
        .collect();
    let (outcome, sentence) = match v.judged.verdict {
        Verdict::NotMet => (
            r::Outcome::NotMet,
            say(
                &format!("必需标准未达到：{}。", failed.join("、")),
                &format!("Required criteria not met: {}.", failed.join(", ")),
            ),
        ),
        Verdict::Incomplete if !v.judged.findings.iter().any(|f| f.clause.severity == Weight::Required) => (
            r::Outcome::NotJudged,
            say(
                "本评价标准只有建议条款，没有必需条款，仅供比较。",
                "These criteria hold advice only, nothing required; the figures serve comparison.",
            ),
        ),
        Verdict::Incomplete => (
            r::Outcome::NotJudged,
            say(
                "至少一项必需标准无法评价，见下表。",
                "At least one required criterion could not be judged; see the table.",
            ),
        ),
        Verdict::Met if serious => (
            r::Outcome::Review,
            say(
                "必需标准均达到，但须先解决下列警告。",
                "All required criteria are met, but a warning has to be settled first.",
            ),
        ),
        Verdict::Met => (r::Outcome::Met, say("必需标准均达到。", "All required criteria are met.")),
    };
    let title = say(&v.pack.title_zh, &v.pack.title).replace("125I", "¹²⁵I");
    r::Verdict { outcome, sentence, criteria: format!("{title} ({} {})", v.pack.id, v.pack.version) }
}

fn seeds(v: &Verified<'_>) -> Vec<r::Seed> {
    v.seeds
        .placed
        .iter()
        .zip(1..)
        .map(|(seed, number)| r::Seed {
            number,
            centre: seed.centre,
            axis: seed.axis,
            confidence: seed.confidence,
            group: seed.kind,
            note: seed.needle.clone(),
        })
        .collect()
}

fn colour(structure: &Structure, at: usize) -> [u8; 3] {
    structure.colour.unwrap_or(PALETTE[at % PALETTE.len()])
}

fn curves<'a>(v: &Verified<'_>, measured: &[Measured<'_>], points: &'a [Vec<(f64, f64)>]) -> Vec<r::Curve<'a>> {
    measured
        .iter()
        .zip(points)
        .enumerate()
        .map(|(at, (one, points))| r::Curve {
            structure: one.structure.name.clone(),
            colour: colour(one.structure, at),
            role: if one.structure.number == v.target.number {
                r::Role::Target
            } else if one.structure.kind == "ORGAN" || judged(v, &one.structure.name) {
                r::Role::OrganAtRisk
            } else {
                r::Role::Other
            },
            volume_cm3: one.dvh.volume_cm3,
            min_mean_max_gy: [one.dvh.min.value(), one.dvh.mean.value(), one.dvh.max.value()],
            points,
        })
        .collect()
}

fn judged(v: &Verified<'_>, structure: &str) -> bool {
    v.judged.findings.iter().any(|finding| finding.structure.as_deref() == Some(structure))
}

/// First what the criteria judge, then the usual indices of every structure that no clause speaks of.
fn indices(v: &Verified<'_>, language: Language) -> Vec<r::Index> {
    let mut rows: Vec<r::Index> = v.judged.findings.iter().map(|finding| judged_row(v, finding, language)).collect();
    for one in &v.measured {
        let target = one.structure.number == v.target.number;
        for index in &one.indices {
            // a dose limit in % of the prescription is judged in Gy, the unit of the table
            let clause_there = rows.iter().any(|row| {
                row.structure == one.structure.name && row.name == index.name && row.unit == index.unit.to_string()
            });
            if clause_there || index.name == "volume" {
                continue;
            }
            rows.push(r::Index {
                structure: one.structure.name.clone(),
                name: index.name.clone(),
                value: index.value.unwrap_or(f64::NAN),
                uncertainty: None,
                unit: index.unit.to_string(),
                limit: String::new(),
                judgement: r::Judgement::NotJudged,
                source: String::new(),
                reason: if index.value.is_none() {
                    if language == Language::Chinese { "结构体积不足" } else { "the structure is smaller" }.to_owned()
                } else {
                    String::new()
                },
                key: target && ["V200"].contains(&index.name.as_str()),
            });
        }
    }
    // what is shown beside the limits stands with its structure
    let order: Vec<String> = rows.iter().map(|row| row.structure.clone()).collect();
    rows.sort_by_key(|row| order.iter().position(|name| *name == row.structure));
    rows
}

fn judged_row(v: &Verified<'_>, finding: &Finding, language: Language) -> r::Index {
    let zh = language == Language::Chinese;
    let clause = &finding.clause;
    let side = match clause.comparison {
        Side::AtLeast => "≥",
        Side::AtMost => "≤",
    };
    let limit = match (clause.unit, finding.limit_gy) {
        (LimitUnit::PercentOfPrescription, Some(gy)) => format!("{side} {gy:.1} Gy"),
        (unit, _) => format!("{side} {} {}", clause.limit, unit.symbol()).trim_end().to_owned(),
    };
    let reason = match finding.outcome {
        Found::NoEvidence(NoEvidence::NoStructure) => {
            if zh {
                "没有这一结构"
            } else {
                "no such structure"
            }
        }
        Found::NoEvidence(NoEvidence::NoValue) => {
            if zh {
                "结构体积不足"
            } else {
                "the structure is smaller"
            }
        }
        Found::NoEvidence(NoEvidence::NoPrescription) => {
            if zh {
                "无处方剂量"
            } else {
                "no prescription"
            }
        }
        Found::NoEvidence(NoEvidence::Incomplete) => {
            if zh {
                "部分结构在剂量网格以外"
            } else {
                "partly outside the dose grid"
            }
        }
        Found::Met | Found::NotMet if clause.severity == Weight::Advised => {
            if zh {
                "建议"
            } else {
                "advised"
            }
        }
        Found::Met | Found::NotMet => {
            if zh {
                "必需"
            } else {
                "required"
            }
        }
    };
    let rule = v.pack.structures.iter().find(|rule| rule.key == clause.structure);
    let missing = rule.map(|rule| if zh { rule.name_zh.clone() } else { rule.name.clone() }).unwrap_or_default();
    let source = match &clause.checked {
        Some(_) => clause.source.clone(),
        None => format!("{}{}", clause.source, if zh { "（未核实）" } else { " (unverified)" }),
    };
    r::Index {
        structure: finding.structure.clone().unwrap_or(missing),
        name: clause.index.to_string(),
        value: finding.measured_gy.or(finding.measured).unwrap_or(f64::NAN),
        uncertainty: None,
        unit: clause.index.unit().to_string(),
        limit,
        judgement: match finding.outcome {
            Found::Met => r::Judgement::Met,
            Found::NotMet => r::Judgement::NotMet,
            Found::NoEvidence(_) => r::Judgement::NoEvidence,
        },
        source,
        reason: reason.to_owned(),
        key: true,
    }
}

fn comparison<'a>(
    v: &Verified<'_>,
    points: &'a Points,
    say: &dyn Fn(&str, &str) -> String,
) -> Option<r::Comparison<'a>> {
    let planned = v.planned.as_ref()?;
    let found = v.seeds.centres();
    let wanted = planned.seeds.centres();
    let mut displacements: Vec<r::Displacement> = wanted
        .iter()
        .enumerate()
        .map(|(at, from)| {
            let pair = planned.matching.pairs.iter().find(|pair| pair.planned == at);
            let to = pair.and_then(|pair| found.get(pair.found));
            r::Displacement {
                planned: Some(at + 1),
                implanted: pair.map(|pair| pair.found + 1),
                vector_mm: to.map(|to| std::array::from_fn(|c| to[c] - from[c])),
            }
        })
        .collect();
    displacements.extend(planned.matching.found_only.iter().map(|&at| r::Displacement {
        planned: None,
        implanted: Some(at + 1),
        vector_mm: None,
    }));
    let shown = ["D90", "V100", "V150", "D10", "D2cc"];
    let indices = v.measured.iter().flat_map(|ours| {
        let theirs = planned.measured.iter().find(|other| other.structure.number == ours.structure.number);
        let target = ours.structure.number == v.target.number;
        shown.iter().filter(move |&&name| target == !matches!(name, "D10" | "D2cc")).filter_map(move |name| {
            let implanted = ours.indices.iter().find(|index| index.name == *name)?;
            let planned = theirs?.indices.iter().find(|index| index.name == *name)?;
            Some(r::ComparedIndex {
                structure: ours.structure.name.clone(),
                name: (*name).to_owned(),
                unit: implanted.unit.to_string(),
                planned: planned.value?,
                implanted: implanted.value?,
            })
        })
    });
    Some(r::Comparison {
        planned: wanted.len(),
        implanted: found.len(),
        registration: say(
            "计划与 CT 坐标系相同，未作配准；10 mm 以内一一配对，总距离最小",
            "plan and CT share one frame of reference, no registration; paired one to one within 10 mm, least total distance",
        ),
        displacements,
        indices: indices.collect(),
        planned_curves: curves(v, &planned.measured, &points.planned),
    })
}

fn methods(v: &Verified<'_>, say: &dyn Fn(&str, &str) -> String) -> Vec<r::Method> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let method = |step: String, description: String| r::Method { step, description, version: version.clone() };
    let grid = &v.dose.volume.grid;
    let mut methods = vec![
        method(
            say("粒子", "seeds"),
            match v.request.seeds {
                SeedOrigin::Plan => say("取自 RTPLAN", "from the RTPLAN"),
                SeedOrigin::Auto => say("在 CT 上自动识别", "found on the CT by fitting capsules"),
            },
        ),
        method(
            say("剂量", "dose"),
            format!(
                "{}; {} × {} × {} × {:.2} mm; {}",
                formalism(v.formalism, say),
                grid.size[0],
                grid.size[1],
                grid.size[2],
                grid.spacing[0],
                say(
                    "AAPM TG-43U1 及其增补；水介质，不含组织不均匀性和粒子间衰减；组合剂量学不确定度 < 5 %（k = 1，AAPM TG-138）",
                    "AAPM TG-43U1 and supplements; water, no tissue heterogeneity, no interseed attenuation; combined dosimetric \
                     uncertainty < 5 % (k = 1, AAPM TG-138)",
                )
            ),
        ),
        method(
            say("剂量体积直方图", "DVH"),
            say(
                "轮廓层面的精确面积，层厚取至相邻层面中点；剂量三线性插值",
                "exact area of the contours, each standing for half the distance to its neighbours; dose interpolated trilinearly",
            ),
        ),
    ];
    if let Some(effect) = &v.effect {
        let tissue = &effect.tissue;
        let unverified =
            if tissue.verified { String::new() } else { say("（参数未核实）", " (parameters unverified)") };
        methods.push(method(
            say("生物效应", "biological effect"),
            format!(
                "{} {:.1} Gy; {}{unverified}",
                say("靶区 D90 的 BED", "BED of the target's D90"),
                effect.bed.value(),
                tissue.id
            ),
        ));
    }
    methods
}

/// Our dose beside the planning system's.
fn system(v: &Verified<'_>, say: &dyn Fn(&str, &str) -> String) -> Option<r::SystemDose> {
    let system = v.system.as_ref()?;
    let mut indices = Vec::new();
    if let (Some(theirs), Some(ours)) = (&system.target, target_dvh(v)) {
        let index = |name: &str, unit: &str, ours: f64, theirs: f64| r::SystemIndex {
            structure: v.target.name.clone(),
            name: name.to_owned(),
            unit: unit.to_owned(),
            ours,
            theirs,
        };
        let gray = |dose: Option<physics::Gray>| dose.map_or(f64::NAN, physics::Gray::value);
        indices.push(index("D90", "Gy", gray(ours.hottest_percent(90.0)), gray(theirs.hottest_percent(90.0))));
        let volume = |dvh: &Dvh| dvh.at_least_percent(v.prescription);
        indices.push(index("V100", "%", volume(ours), volume(theirs)));
    }
    let ratio = system.ratio.map(|ratio| r::PointRatio {
        points: ratio.points,
        clear_mm: CLEAR_OF_SEEDS_MM,
        percentiles: ratio.percentiles,
    });
    if indices.is_empty() && ratio.is_none() {
        return None;
    }
    let remark = match v.request.seeds {
        SeedOrigin::Plan => String::new(),
        SeedOrigin::Auto => say(
            "计划系统按计划中的粒子位置计算，本软件按 CT 上识别的位置计算，差异含粒子位置之差。",
            "Theirs rests on the planned positions, ours on those found on CT: the difference holds that of the positions.",
        ),
    };
    Some(r::SystemDose { name: system.name.clone(), remark, indices, ratio })
}

fn target_dvh<'a>(v: &'a Verified<'_>) -> Option<&'a Dvh> {
    v.measured.iter().find(|one| one.structure.number == v.target.number).map(|one| &one.dvh)
}

fn data(v: &Verified<'_>) -> Vec<r::DataFile> {
    let mut files: Vec<r::DataFile> = Vec::new();
    for kind in &v.seeds.kinds {
        let name = format!("seeds/{}.toml", kind.model.id);
        if !files.iter().any(|file| file.name == name) {
            files.push(r::DataFile { name, version: kind.model.version.to_string(), sha256: String::new() });
        }
    }
    let name = format!("criteria/{}.toml", v.pack.id);
    files.push(r::DataFile { name, version: v.pack.version.clone(), sha256: String::new() });
    files
}

/// Soft-tissue window, or a lung window where the seeds lie in lung.
fn display(v: &Verified<'_>) -> r::Display {
    if v.seeds.lie_in_lung(v.chosen.volume) {
        return r::Display { window_level: -200.0, window_width: 1600.0, ..r::Display::default() };
    }
    r::Display::default()
}

fn moment(now: &jiff::Zoned) -> r::Moment {
    r::Moment {
        year: now.year().unsigned_abs(),
        month: now.month().unsigned_abs(),
        day: now.day().unsigned_abs(),
        hour: now.hour().unsigned_abs(),
        minute: now.minute().unsigned_abs(),
        second: now.second().unsigned_abs(),
        utc_offset_minutes: (now.offset().seconds() / 60) as i16,
    }
}
