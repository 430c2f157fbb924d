//! The implant beside its plan, and our dose beside the planning system's.

use dose::dvh::Dvh;
use report::verification as r;

use super::super::compare::CLEAR_OF_SEEDS_MM;
use super::super::request::SeedOrigin;
use super::super::{Measured, Verified};
use super::Say;
use super::curves::{Points, curves};

/// A structure whose maximum is below this share of the prescription is not compared with the plan; its figures stand in the tables.
const WORTH_TELLING: f64 = 0.05;

pub(super) fn comparison<'a>(v: &Verified<'_>, points: &'a Points, say: Say<'_>) -> Option<r::Comparison<'a>> {
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
    // the target first; of the others those that receive something
    let received = |one: &Measured<'_>| one.dvh.max.value() >= WORTH_TELLING * v.prescription.value();
    let mut told: Vec<&Measured<'_>> = v.measured.iter().filter(|one| received(one)).collect();
    told.sort_by_key(|one| one.structure.number != v.target.number);
    let indices = told.into_iter().flat_map(|ours| {
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

/// Our dose beside the planning system's.
pub(super) fn system(v: &Verified<'_>, say: Say<'_>) -> Option<r::SystemDose> {
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
        SeedOrigin::Given(_) => say(
            "计划系统按计划中的粒子位置计算，本软件按给定的位置计算，差异含粒子位置之差。",
            "Theirs rests on the planned positions, ours on those given: the difference holds that of the positions.",
        ),
    };
    Some(r::SystemDose { name: system.name.clone(), remark, indices, ratio })
}

fn target_dvh<'a>(v: &'a Verified<'_>) -> Option<&'a Dvh> {
    v.measured.iter().find(|one| one.structure.number == v.target.number).map(|one| &one.dvh)
}
