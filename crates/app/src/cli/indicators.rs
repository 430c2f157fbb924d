//! `dosewright indicators`: figures of a period, with their intervals.

use std::fmt::Write as _;

use records::facts::Group;
use records::indicators::{Computed, Inquiry, Missing, Pack, Period, Scope};
use records::{Hospital, Id, Store};
use serde_json::json;

use super::norms::hospital;
use super::{Answer, GroupArg, IndicatorsArgs};
use crate::care::folder::{open_there, wait};
use crate::clock::Clock;
use crate::failure::Failure;
use crate::register::indicators::figures;

/// Computes.
pub fn run(args: &IndicatorsArgs) -> Result<Answer, Failure> {
    wait(compute(args))
}

async fn compute(args: &IndicatorsArgs) -> Result<Answer, Failure> {
    let packs = Pack::all();
    let pack = packs.iter().find(|one| one.id == args.pack).ok_or_else(|| {
        let known = packs.iter().map(|one| one.id.as_str()).collect::<Vec<_>>().join(", ");
        Failure::input(format!("there is no set of indicators '{}'; choose one of {known}", args.pack))
            .zh(format!("没有指标集“{}”；可选：{known}。", args.pack))
    })?;
    let today = Clock::system().today();
    let to = args.to.unwrap_or(today);
    let from = args.from.unwrap_or_else(|| to.first_of_year());
    if from > to {
        return Err(
            Failure::input(format!("the first day {from} is after the last, {to}")).zh("开始日期晚于结束日期。")
        );
    }
    let store = open_there(&args.data.data, args.data.identity_keys.as_deref()).await?;
    let hospitals: Vec<Id<Hospital>> = match &args.hospital {
        Some(code) => vec![hospital(&*store, Some(code)).await?.id],
        None => Vec::new(),
    };
    let group = match args.group {
        GroupArg::Whole => Group::Whole,
        GroupArg::Month => Group::Month,
        GroupArg::Quarter => Group::Quarter,
        GroupArg::Year => Group::Year,
        GroupArg::Operator => Group::Operator,
        GroupArg::Hospital => Group::Hospital,
    };
    let period = Period { from, to };
    let inquiry = Inquiry::of(pack, period, Scope { hospitals: hospitals.clone(), operator: None, group, on: today });
    let failed = |error: records::StoreError| Failure::failed(error.to_string());
    let found = figures(&*store, pack, &inquiry, &hospitals).await.map_err(failed)?;
    let names = names(&*store, group).await.map_err(failed)?;
    let json = json!({
        "pack": pack.id, "edition": pack.edition, "definitions": pack.digest, "from": from, "to": to, "on": today,
        "figures": found, "names": names.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
    });
    Ok(Answer::new(text(pack, period, &found, &names), json))
}

/// Names of people or hospitals, where parts are such.
async fn names(store: &dyn Store, group: Group) -> Result<Vec<(String, String)>, records::StoreError> {
    Ok(match group {
        Group::Operator => store.people(&[]).await?.into_iter().map(|one| (one.id.to_string(), one.name)).collect(),
        Group::Hospital => store.hospitals().await?.into_iter().map(|one| (one.id.to_string(), one.name)).collect(),
        _ => Vec::new(),
    })
}

fn text(pack: &Pack, period: Period, found: &[Computed], names: &[(String, String)]) -> String {
    let mut out = format!("{}\n{}\n{} – {}\n\n", pack.title_zh, pack.title, period.from, period.to);
    for indicator in &pack.indicators {
        let own: Vec<&Computed> = found.iter().filter(|one| one.code == indicator.code).collect();
        let _ = writeln!(out, "{:<14} {} {}", indicator.code, indicator.name_zh, indicator.name_en);
        for figure in own {
            let part = names.iter().find(|(id, _)| *id == figure.part).map_or(&figure.part, |(_, name)| name);
            let _ = writeln!(out, "  {part:<12} {}", number(figure));
        }
    }
    out
}

fn number(figure: &Computed) -> String {
    let (Some(numerator), Some(denominator)) = (figure.numerator, figure.denominator) else {
        return match figure.missing {
            Some(Missing::Definition) => "定义不明 the definition is not known",
            Some(Missing::NotEntered) => "未填报 not entered",
            Some(Missing::Overlap) => "填报区间重叠 two reports overlap",
            Some(Missing::TooFew) => "例数过少 too few",
            None => "–",
        }
        .to_owned();
    };
    let Some(value) = figure.value else { return format!("{numerator}/{denominator}") };
    let interval = figure.interval.map(|[low, high]| format!("  ({:.1}–{:.1} %)", low * 100.0, high * 100.0));
    format!("{numerator}/{denominator}  {:.1} %{}", value * 100.0, interval.unwrap_or_default())
}
