//! Whether a lot may be received: the nuclide stands in the radiation safety licence, and the year's activity stays within it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::Offset;
use physics::{Becquerel, Nuclide};

use super::acceptance::{Hold, Pack, Severity};
use super::decay::{day, worth};
use super::{Movement, Place, SeedSet, Sentence, Step, WorthError};
use crate::{Hospital, Id, Lot, Record};

/// A nuclide's name as licences and lots are compared by.
fn plain(name: &str) -> String {
    Nuclide::find(name).map_or_else(
        |_| name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect(),
        |nuclide| nuclide.id.clone(),
    )
}

/// What one entry of a licence allows: `nuclide:max_annual_GBq`.
fn allowed(entry: &str) -> Option<(String, Becquerel)> {
    let (name, most) = entry.split_once([':', '：'])?;
    let most: f64 = most.trim().parse().ok()?;
    let named = !name.trim().is_empty() && most.is_finite() && most > 0.0;
    named.then(|| (plain(name), Becquerel::new(most * 1e9)))
}

/// A lot with its movements: its account in the ledger of seeds.
#[derive(Debug, Clone, Copy)]
pub struct LotAccount<'a> {
    /// the lot
    pub lot: &'a Lot,
    /// all its movements
    pub movements: &'a [Movement],
}

/// The apparent activity of a nuclide received in a calendar year by the hospital's clock. Each seed counts once, as it was when
/// it first came; what turned out not to have come does not count.
///
/// # Errors
/// When a lot's nuclide has no decay data.
pub fn received(lots: &[LotAccount<'_>], nuclide: &str, year: i16, zone: Offset) -> Result<Becquerel, WorthError> {
    let wanted = plain(nuclide);
    let mut sum = Becquerel::ZERO;
    for account in lots.iter().filter(|account| plain(&account.lot.nuclide) == wanted) {
        for (at, seeds) in deliveries(account.movements) {
            if day(at, zone).year() == year {
                sum += worth(account.lot, at)?.activity * f64::from(seeds.len());
            }
        }
    }
    Ok(sum)
}

/// Which seeds came when, without those that had not come.
fn deliveries(movements: &[Movement]) -> BTreeMap<Timestamp, SeedSet> {
    let mut sorted: Vec<&Movement> = movements.iter().collect();
    sorted.sort_by_key(|movement| (movement.at, movement.number));
    let mut came: BTreeMap<Timestamp, SeedSet> = BTreeMap::new();
    for movement in sorted {
        match (movement.step, &movement.from) {
            (Step::Receive, _) => {
                let known = came.values().fold(SeedSet::default(), |all, seeds| all.with(seeds));
                let there = came.entry(movement.at).or_default();
                *there = there.with(&movement.seeds.without(&known));
            }
            (Step::Cancel, Place::Received) => {
                for seeds in came.values_mut() {
                    *seeds = seeds.without(&movement.seeds);
                }
            }
            _ => {}
        }
    }
    came
}

/// A delivery that is about to be received.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// of which lot
    pub lot: &'a Lot,
    /// how many seeds
    pub seeds: u32,
    /// when
    pub at: Timestamp,
}

/// What the licence has against a delivery; `lots` are the hospital's, without this delivery.
pub fn check(
    hospital: Id<Hospital>,
    records: &[Record],
    lots: &[LotAccount<'_>],
    delivery: &Delivery<'_>,
    pack: &Pack,
    zone: Offset,
) -> Vec<Hold> {
    let rule = &pack.licence;
    let hold = |severity, zh: String, en: String| Hold::new("licence", severity, &rule.origin, Sentence { zh, en });
    let (today, wanted) = (day(delivery.at, zone), plain(&delivery.lot.nuclide));
    let nuclide = &delivery.lot.nuclide;
    let mut licences: Vec<&Record> = records.iter().collect();
    licences.retain(|one| {
        one.form == "licence"
            && one.about == crate::About::Hospital(hospital)
            && one.text("kind") == Some("radiation_safety")
            && one.holds_on(today)
            && one.date("from").is_none_or(|from| from <= today)
            && one.date("until").is_none_or(|until| today <= until)
    });
    // of two that hold at once the later is the edition in force
    licences.sort_by_key(|one| (one.date("from").unwrap_or(one.day), one.created, one.id));
    let mut holds = Vec::new();
    let mut most: Option<Becquerel> = None;
    let any = !licences.is_empty();
    for licence in licences {
        for entry in licence.texts("nuclides") {
            match allowed(entry) {
                Some((name, limit)) if name == wanted => most = Some(limit),
                Some(_) => {}
                None => holds.push(hold(
                    Severity::Warn,
                    format!("许可证核素“{entry}”无法识别：请写成“I-125:370”（核素:年最大 GBq）"),
                    format!("'{entry}' in the licence cannot be read: write I-125:370 (nuclide:most GBq a year)"),
                )),
            }
        }
    }
    let Some(most) = most else {
        holds.push(if any {
            hold(
                Severity::Block,
                format!("辐射安全许可证未载明核素 {nuclide}：不得接收；请先办理许可或补登许可证"),
                format!("the radiation safety licence does not name {nuclide}: do not receive it; extend the licence or enter its new edition"),
            )
        } else {
            hold(
                Severity::Block,
                format!("{today} 没有有效的辐射安全许可证：请登记许可证"),
                format!("no radiation safety licence holds on {today}: enter the licence"),
            )
        });
        return holds;
    };
    let new = worth(delivery.lot, delivery.at).map(|worth| worth.activity * f64::from(delivery.seeds));
    let sum = received(lots, nuclide, today.year(), zone).and_then(|sum| new.map(|new| sum + new));
    match sum {
        Ok(sum) => {
            let part = sum / most;
            let (got, limit, year) = (sum.value() / 1e9, most.value() / 1e9, today.year());
            if part > 1.0 {
                holds.push(hold(
                    Severity::Block,
                    format!("连同本批，{year} 年 {nuclide} 到货 {got:.3} GBq，超过许可的 {limit:.3} GBq：不得接收"),
                    format!("with this delivery {got:.3} GBq of {nuclide} were received in {year}, more than the {limit:.3} GBq of the licence: do not receive it"),
                ));
            } else if part >= rule.warn_from {
                holds.push(hold(
                    Severity::Warn,
                    format!("连同本批，{year} 年 {nuclide} 到货 {got:.3} GBq，已达许可 {limit:.3} GBq 的 {:.0}%：请提前申请增加", part * 100.0),
                    format!("with this delivery {got:.3} GBq of {nuclide} were received in {year}, {:.0} % of the {limit:.3} GBq of the licence: ask for more in time", part * 100.0),
                ));
            }
        }
        Err(error) => {
            let said = error.sentence();
            holds.push(hold(Severity::Block, said.zh, said.en));
        }
    }
    holds
}
