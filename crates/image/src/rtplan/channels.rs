//! Application setups, channels and control points; the seeds of a permanent implant among them.

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use physics::Seconds;

use super::read::text;
use super::{Brachy, Channel, Dwell, PlanSource, PlannedSeed};
use crate::Point;
use crate::dicom::{Attributes, DicomError, describe};

/// Control points nearer than this are one place, mm.
const SAME_MM: f64 = 1e-3;

/// Every channel of every application setup.
pub(super) fn channels(
    setups: &[InMemDicomObject],
    sources: &[PlanSource],
    warnings: &mut Vec<String>,
) -> Result<Vec<Channel>, DicomError> {
    let small = |n: Option<i64>| n.and_then(|n| i32::try_from(n).ok()).unwrap_or_default();
    let mut out = Vec::new();
    let mut guessed = 0_usize;
    for setup in setups {
        let setup_number = small(setup.int(tags::APPLICATION_SETUP_NUMBER).ok().flatten());
        for item in setup.items(tags::CHANNEL_SEQUENCE)? {
            let number = small(item.int(tags::CHANNEL_NUMBER).ok().flatten());
            let referenced = item.int(tags::REFERENCED_SOURCE_NUMBER)?;
            let mut source = sources.iter().position(|s| Some(i64::from(s.number)) == referenced);
            // With one kind of source there is nothing to mistake.
            if source.is_none() && referenced.is_none() && sources.len() == 1 {
                source = Some(0);
                guessed += 1;
            }
            let applicator = [tags::SOURCE_APPLICATOR_NAME, tags::SOURCE_APPLICATOR_ID]
                .into_iter()
                .map(|tag| text(item, tag))
                .find(|t| !t.is_empty())
                .unwrap_or_default();
            let total_time = item.float(tags::CHANNEL_TOTAL_TIME)?.filter(|t| *t >= 0.0).map(Seconds::new);
            out.push(Channel {
                setup: setup_number,
                setup_type: text(setup, tags::APPLICATION_SETUP_TYPE),
                number,
                applicator,
                source,
                total_time,
                dwells: dwells(item, total_time)?,
            });
        }
    }
    if guessed > 0 {
        warnings.push(format!(
            "{guessed} channel(s) lack (300C,000E) ReferencedSourceNumber; the plan's only source is taken"
        ));
    }
    Ok(out)
}

/// The places of a channel. A place is one or more control points in a row at one position; it ends where the source moves,
/// or where a stay begins anew at the same position.
fn dwells(channel: &InMemDicomObject, total: Option<Seconds>) -> Result<Vec<Dwell>, DicomError> {
    let last_weight = channel.float(tags::FINAL_CUMULATIVE_TIME_WEIGHT)?.filter(|w| *w > 0.0);
    let mut out: Vec<Dwell> = Vec::new();
    let mut before = 0.0;
    // time weight of the place so far
    let mut stayed = 0.0_f64;
    for point in channel.items(tags::BRACHY_CONTROL_POINT_SEQUENCE)? {
        let position = point.floats_n::<3>(tags::CONTROL_POINT3_D_POSITION)?;
        let relative_mm = point.float(tags::CONTROL_POINT_RELATIVE_POSITION)?;
        let axis = point.floats_n::<3>(tags::CONTROL_POINT_ORIENTATION)?.and_then(unit);
        let weight = point.float(tags::CUMULATIVE_TIME_WEIGHT)?.unwrap_or(before);
        let step = (weight - before).max(0.0);
        before = weight;
        let same =
            out.last().is_some_and(|dwell| same_place(dwell, position, relative_mm)) && !(stayed > 0.0 && step == 0.0);
        let time = |weight: f64| match (total, last_weight) {
            (Some(total), Some(last)) => Some(total * (weight / last)),
            _ => None,
        };
        if same {
            stayed += step;
            if let Some(dwell) = out.last_mut() {
                dwell.time = time(stayed);
                dwell.axis = dwell.axis.or(axis);
            }
        } else {
            stayed = 0.0;
            out.push(Dwell { position, relative_mm, axis, time: time(0.0) });
        }
    }
    Ok(out)
}

fn same_place(dwell: &Dwell, position: Option<Point>, relative_mm: Option<f64>) -> bool {
    match (dwell.position, position) {
        (Some(a), Some(b)) => a.iter().zip(b).all(|(x, y)| (x - y).abs() <= SAME_MM),
        (None, None) => match (dwell.relative_mm, relative_mm) {
            (Some(a), Some(b)) => (a - b).abs() <= SAME_MM,
            _ => false,
        },
        // some systems give the position at the first point of a pair only
        (Some(_), None) => dwell.relative_mm == relative_mm,
        (None, Some(_)) => false,
    }
}

fn unit(v: Point) -> Option<Point> {
    let length = v.iter().map(|c| c * c).sum::<f64>().sqrt();
    (length > 1e-6).then(|| v.map(|c| c / length))
}

/// The seeds of a permanent implant: one at each place of each channel.
pub(super) fn seeds(brachy: &Brachy) -> Result<Vec<PlannedSeed>, DicomError> {
    let mut out = Vec::new();
    for channel in &brachy.channels {
        let place =
            |what: String| format!("{what} in channel {} of application setup {}", channel.number, channel.setup);
        for dwell in &channel.dwells {
            let position = dwell
                .position
                .ok_or_else(|| DicomError::Missing { attribute: place(describe(tags::CONTROL_POINT3_D_POSITION)) })?;
            let source = channel.source.ok_or_else(|| DicomError::Missing {
                attribute: place(format!("the source of {}", describe(tags::REFERENCED_SOURCE_NUMBER))),
            })?;
            out.push(PlannedSeed { position, axis: dwell.axis, source, applicator: channel.applicator.clone() });
        }
    }
    Ok(out)
}
