//! What the seeds are: model, half-life, and strength at the implant.

use image::rtplan::{PlanSource, RtPlan, StrengthUnit};
use jiff::civil::DateTime;
use physics::decay::civil_elapsed;
use physics::{AirKermaStrength, Decay, Seconds, SeedModel};

use super::{Kind, Models};
use crate::failure::{Failure, unusable};
use crate::setting::Setting;
use crate::verify::choose::Chosen;
use crate::verify::notice::Notice;
use crate::verify::request::Request;

/// Half-lives that differ by more than this share are not of the same nuclide.
const HALF_LIFE_TOLERANCE: f64 = 0.02;

/// What a source of the plan is.
pub(super) fn of_source(
    source: &PlanSource,
    plan: &RtPlan,
    models: &Models,
    request: &Request,
    notices: &mut Vec<Notice>,
) -> Result<Kind, Failure> {
    let model = models.of_plan(source)?;
    let planned = source.air_kerma_strength.filter(|_| source.unit == StrengthUnit::AirKermaRate);
    let asked = request.strength.map(|strength| strength.air_kerma(&model.nuclide));
    let Some(stated) = asked.or(planned) else {
        return Err(Failure::input(format!(
            "the plan '{}' states no air-kerma strength for source {}; give the strength of one seed",
            plan.label, source.number
        ))
        .zh(format!("计划“{}”未给出 {} 号源的空气比释动能强度；请填写单粒强度（U）。", plan.label, source.number))
        .setting(Setting::Strength));
    };
    if let (Some(asked), Some(planned)) = (asked, planned)
        && (asked / planned - 1.0).abs() > 1e-3
    {
        notices.push(Notice::warning(
            format!("使用给定的粒子强度 {asked:.3}，计划中为 {planned:.3}。"),
            format!("the strength given ({asked:.3}) is used; the plan states {planned:.3}"),
        ));
    }
    let stated_at = if asked.is_some() { request.strength_date } else { source.reference_date_time };
    let half_life = half_life(&model, source.half_life, notices);
    let strength = at_implant(stated, stated_at, half_life, request, notices)?;
    Ok(Kind { model, strength, half_life, stated, stated_at })
}

/// The plan's half-life, if it can be that of the model's nuclide.
fn half_life(model: &SeedModel, planned: Option<Seconds>, notices: &mut Vec<Notice>) -> Seconds {
    let own = model.nuclide.half_life.value;
    match planned {
        Some(planned) if (planned / own - 1.0).abs() <= HALF_LIFE_TOLERANCE => planned,
        Some(planned) => {
            let (planned, own_days) = (planned.days(), own.days());
            notices.push(Notice::warning(
                format!("计划中的半衰期为 {planned:.2} d，与 {} 不符；使用 {own_days:.2} d。", model.nuclide.id),
                format!(
                    "the plan's half-life of {planned:.2} d is not that of {}; {own_days:.2} d is used",
                    model.nuclide.id
                ),
            ));
            own
        }
        None => own,
    }
}

/// The strength at the implant. It is decayed only when both dates are known and the implant's was given: never silently.
fn at_implant(
    stated: AirKermaStrength,
    stated_at: Option<DateTime>,
    half_life: Seconds,
    request: &Request,
    notices: &mut Vec<Notice>,
) -> Result<AirKermaStrength, Failure> {
    let Some(implanted) = request.implant_date else {
        let (zh, en) = match stated_at {
            Some(at) => (format!("（{}）", at.date()), format!(" ({})", at.date())),
            None => (String::new(), String::new()),
        };
        let notice = Notice::note(
            format!("未给出植入日期：以所述粒子强度 {stated:.4}{zh}为植入时强度，未作衰变校正。"),
            format!(
                "no implant date is given: the stated strength of {stated:.4}{en} is taken for that at the implant, without decay"
            ),
        );
        // the sources of a plan usually share one strength
        if !notices.contains(&notice) {
            notices.push(notice);
        }
        return Ok(stated);
    };
    let Some(stated_at) = stated_at else {
        return Err(Failure::input(
            "the date of the implant is given, but nothing says when the seeds had their stated strength; give the reference date of the \
             strength, or leave the date of the implant out to use the strength as stated",
        )
        .zh("已给出植入日期，但不知道粒子强度是何时的；请填写强度参考日期，或不填植入日期而按所给强度计算。")
        .setting(Setting::StrengthDate));
    };
    let elapsed = civil_elapsed(stated_at, implanted).map_err(unusable)?;
    let factor = Decay::from_half_life(half_life).and_then(|decay| decay.factor(elapsed)).map_err(unusable)?;
    let strength = stated * factor;
    let (from, to) = (moment(stated_at), moment(implanted));
    notices.push(Notice::note(
        format!("粒子强度由 {stated:.4}（{from}）衰变校正到植入时 {strength:.4}（{to}）。"),
        format!("the strength was decayed from {stated:.4} ({from}) to {strength:.4} at the implant ({to})"),
    ));
    Ok(strength)
}

/// A day, with its time where one was stated.
fn moment(at: DateTime) -> String {
    if at.time() == jiff::civil::Time::midnight() {
        at.date().to_string()
    } else {
        at.strftime("%Y-%m-%d %H:%M").to_string()
    }
}

/// Model and strength of seeds found or given: as asked for, else as the plan has them if all its sources agree.
///
/// # Errors
/// When neither says, or the plan mixes several.
pub fn of_all(
    chosen: &Chosen<'_>,
    models: &Models,
    request: &Request,
    notices: &mut Vec<Notice>,
) -> Result<Kind, Failure> {
    let planned: Vec<Kind> = match chosen.plan {
        Some(plan) => plan
            .sources()
            .iter()
            .map(|source| of_source(source, plan, models, request, notices))
            .collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    if let Some((first, others)) = planned.split_first() {
        if others.iter().all(|other| other == first) {
            return Ok(first.clone());
        }
        return Err(Failure::input(
            "the plan mixes seed models or strengths, so a seed that is not the plan's own could be any of them; use the plan's own seeds, \
             or give one model and one strength for all",
        )
        .zh("计划中有多种粒子型号或强度，无法判断非计划粒子属于哪一种；请统一指定型号与强度。")
        .setting(Setting::Model));
    }
    let Some(model) = models.asked.clone() else {
        return Err(Failure::input("seeds without a plan need their model, for example STM1251")
            .zh("没有计划，须指定粒子型号（例如 STM1251）。")
            .setting(Setting::Model));
    };
    let Some(strength) = request.strength else {
        return Err(Failure::input("seeds without a plan need the strength of one seed, for example 0.621 U")
            .zh("没有计划，须填写单粒空气比释动能强度（例如 0.621 U）。")
            .setting(Setting::Strength));
    };
    let stated = strength.air_kerma(&model.nuclide);
    let half_life = model.nuclide.half_life.value;
    let strength = at_implant(stated, request.strength_date, half_life, request, notices)?;
    Ok(Kind { model, strength, half_life, stated, stated_at: request.strength_date })
}
