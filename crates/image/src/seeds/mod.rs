//! Finds permanent brachytherapy seeds on a post-implant CT: position, axis and confidence of each.
//!
//! The method is described in `docs/methods/seed-finding.md`. The files follow its steps: [`find`] checks the scan, takes
//! the surroundings away, gathers bright blobs, measures on the isolated ones what a single seed looks like, splits
//! clumps by fitting capsules, and judges what was fitted.

mod background;
mod calibrate;
mod clumps;
mod compare;
mod findings;
mod fit;
mod judge;
mod model;
mod options;
mod scan;
mod snap;
mod split;
mod window;

#[cfg(test)]
mod tests;

use rayon::prelude::*;

pub use compare::{Matching, Pair, compare};
pub use findings::{Clump, Doubt, Findings, FoundSeed, Language, ObjectKind, ScanConstants, Warning};
pub use options::{FinderError, FinderOptions, SearchRegion, Watch};
pub use snap::{Spot, snap};

use crate::Volume;
use calibrate::Constants;
use clumps::{Blobs, Limits};
use model::Capsule;
use scan::Scan;
use split::{Explanation, Rod};

/// Faintest peak that is looked at, as a part of the faintest that one seed of this scan can show.
const FAINTEST: f64 = 0.4;
/// Seeds that may lie in one clump before it is taken for something else.
const LARGEST: f64 = 30.0;
/// Rounds in which each clump is refitted with the others taken off.
const ROUNDS: usize = 2;

/// Finds the seeds of an implant on CT.
///
/// The volume must be in HU with its slices along the third axis. The result is the same for any number of threads.
///
/// # Errors
/// When the volume cannot be a CT (no voxels, fewer than three slices, values that are not finite, another unit), the
/// capsule makes no sense, or the region lies outside.
pub fn find(ct: &Volume, options: &FinderOptions) -> Result<Findings, FinderError> {
    find_watched(ct, options, Watch::NONE)
}

/// [`find`] that reports its progress and can be cancelled.
pub fn find_watched(ct: &Volume, options: &FinderOptions, watch: Watch<'_>) -> Result<Findings, FinderError> {
    watch.step(0.0)?;
    let scan = Scan::new(ct, options)?;
    watch.step(0.2)?;
    let Some(mut constants) = calibrate::calibrate(&scan, options) else {
        return Ok(judge::nothing(options));
    };
    watch.step(0.4)?;
    let faintest = constants.faintest_peak(scan.spacing[2]);
    let limits = Limits {
        level_hu: (FAINTEST * faintest).max(5.0 * scan.noise_hu) as f32,
        one_hu: faintest as f32,
        few_hu: (0.6 * constants.peak()) as f32,
        spot_mm3: constants.spot_mm3(),
        most: LARGEST,
    };
    let blobs = clumps::find(&scan, &limits);
    let mut explained: Vec<Option<Explanation>> = Vec::new();
    let mut fresh = true;
    for round in 0..=ROUNDS {
        explained = explain_all(&scan, &blobs, &constants, options, &explained, fresh, watch)?;
        fresh = round < ROUNDS && corrected(&mut constants, &explained);
        watch.step(0.4 + 0.6 * (round + 1) as f64 / (ROUNDS + 1) as f64)?;
    }
    Ok(judge::judge(&scan, &blobs, &explained, &constants, options))
}

/// Corrects the brightness of one seed by all the seeds that were fitted; whether it was wrong.
///
/// Where hardly a seed lies alone, as in a strand, the isolated blobs may mislead.
fn corrected(constants: &mut Constants, explained: &[Option<Explanation>]) -> bool {
    let capsules = explained.iter().flatten().flat_map(|e| &e.fit.capsules);
    let logs = capsules.map(|c| (c.brightness / constants.brightness).ln()).filter(|l| l.abs() < 0.5);
    let logs: Vec<f64> = logs.collect();
    let shift = calibrate::median(&logs);
    if logs.len() < 5 || shift.abs() < 0.05 {
        return false;
    }
    constants.brightness *= shift.exp();
    true
}

/// Explains every blob. After the first round what the others held is taken off, and what was certain is only refined
/// unless everything has to be judged afresh.
fn explain_all(
    scan: &Scan,
    blobs: &Blobs,
    constants: &Constants,
    options: &FinderOptions,
    before: &[Option<Explanation>],
    fresh: bool,
    watch: Watch<'_>,
) -> Result<Vec<Option<Explanation>>, FinderError> {
    let held: Vec<Vec<Capsule>> =
        before.iter().map(|e| e.as_ref().map(|e| e.fit.capsules.clone()).unwrap_or_default()).collect();
    let others = (!before.is_empty()).then(|| window::others(&held, &constants.blur));
    let rod = Rod { length_mm: options.capsule_length_mm, diameter_mm: options.capsule_diameter_mm };
    (0..blobs.list.len())
        .into_par_iter()
        .map(|number| {
            if (watch.cancelled)() {
                return Err(FinderError::Cancelled);
            }
            if !scan.searched(scan.place(scan.index(blobs.list[number].top))) {
                return Ok(None);
            }
            let window = window::around(scan, blobs, number, &constants.blur, others.as_deref());
            let certain = before.get(number).and_then(Option::as_ref).filter(|e| !fresh && e.is_certain(constants));
            Ok(match certain {
                Some(before) => Some(before.refined(&window, constants, scan.noise_hu)),
                None => split::explain(&window, constants, scan.noise_hu, rod),
            })
        })
        .collect()
}
