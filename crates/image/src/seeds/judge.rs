//! Which fitted objects are seeds, how sure that is, and what to tell.

use super::calibrate::Constants;
use super::clumps::Blobs;
use super::findings::{Clump, Doubt, Findings, FoundSeed, ObjectKind, ScanConstants, Warning};
use super::fit::{Belief, Window, refine, residuals};
use super::model::{Blur, Capsule, gap};
use super::options::FinderOptions;
use super::scan::Scan;
use super::split::{self, Explanation};
use super::window;

/// Confidence from which an object counts as a seed.
const ACCEPTED: f64 = 0.5;
/// How far the expected count may move that bar.
const LEEWAY: f64 = 0.2;
/// Confidence from which a rejected object is worth telling as a possible seed.
const POSSIBLE: f64 = 0.1;
/// Surroundings harder than this are bone or contrast medium, HU.
const BONE_HU: f32 = 200.0;
/// An extended object this bright, in peaks of a seed, may be taken for seeds by eye.
const LIKE_A_SEED: f64 = 0.5;
/// Axis errors beyond this say nothing useful, degrees.
const LOST_AXIS_DEG: f64 = 35.0;

/// A fitted object with what speaks for and against it.
struct Object {
    clump: usize,
    capsule: Capsule,
    brightness: f64,
    axis_error_deg: f64,
    confidence: f64,
    doubt: Option<Doubt>,
    kind: ObjectKind,
}

/// The answer when nothing in the scan looks like a metal capsule.
pub(super) fn nothing(options: &FinderOptions) -> Findings {
    let warnings = options
        .expected_count
        .filter(|&n| n > 0)
        .map(|expected| Warning::CountDiffers { expected, found: 0, brightness_count: 0.0 })
        .into_iter()
        .collect();
    Findings { seeds: Vec::new(), clumps: Vec::new(), warnings, brightness_count: 0.0, scan: None }
}

pub(super) fn judge(
    scan: &Scan,
    blobs: &Blobs,
    explained: &[Option<Explanation>],
    constants: &Constants,
    options: &FinderOptions,
) -> Findings {
    let all: Vec<Vec<Capsule>> =
        explained.iter().map(|e| e.as_ref().map(|e| e.fit.capsules.clone()).unwrap_or_default()).collect();
    let others = window::others(&all, &constants.blur);
    let mut objects: Vec<Object> = Vec::new();
    for (clump, explanation) in explained.iter().enumerate() {
        let Some(explanation) = explanation else { continue };
        let window = window::around(scan, blobs, clump, &constants.blur, Some(&others));
        objects.extend(weigh(scan, &window, clump, explanation, constants));
    }
    let bar = bar(&objects, options.expected_count);
    let (accepted, rejected): (Vec<Object>, Vec<Object>) = objects.into_iter().partition(|o| o.confidence >= bar);
    let mut warnings = Vec::new();
    let (seeds, kept, clumps) = number(scan, accepted);
    let brightness_count = clumps.iter().map(|c: &Clump| c.brightness_count).sum();
    if let Some(expected) = options.expected_count.filter(|&n| n != seeds.len()) {
        warnings.push(Warning::CountDiffers { expected, found: seeds.len(), brightness_count });
    }
    if constants.seeds < 5 {
        warnings.push(Warning::BrightnessUncertain { seeds: constants.seeds });
    }
    for (a, first) in kept.iter().enumerate() {
        if first.doubt == Some(Doubt::OneMore) || first.brightness > 1.5 {
            warnings.push(Warning::MaybeTwo { seed: a, brightness: first.brightness });
        }
        for (b, second) in kept.iter().enumerate().skip(a + 1) {
            let rod = (options.capsule_length_mm - options.capsule_diameter_mm).max(0.0);
            let doubtful = first.doubt == Some(Doubt::OneLess) || second.doubt == Some(Doubt::OneLess);
            let apart = gap(&first.capsule, &second.capsule, rod);
            if apart < options.capsule_diameter_mm * 1.25 || (doubtful && first.clump == second.clump && apart < 3.0) {
                let d: f64 = (0..3).map(|c| (seeds[a].centre[c] - seeds[b].centre[c]).powi(2)).sum();
                warnings.push(Warning::TouchingSeeds { a, b, distance_mm: d.sqrt() });
            }
        }
    }
    for object in &rejected {
        let centre = scan.patient(object.capsule.centre);
        if object.confidence >= POSSIBLE {
            let (brightness, confidence) = (object.brightness, object.confidence);
            warnings.push(Warning::PossibleSeed { centre, brightness, confidence });
        } else if object.brightness > 0.4 {
            warnings.push(Warning::RejectedObject { kind: object.kind, centre, brightness: object.brightness });
        }
    }
    for &top in &blobs.extended {
        let place = scan.place(scan.index(top));
        let soft = scan.hardest_around(place, 3.0) < BONE_HU;
        // bone is everywhere and tells nothing; a tube or wire among the seeds does
        let brightness = f64::from(scan.excess(top)) / constants.peak();
        if soft && brightness > LIKE_A_SEED && scan.searched(place) {
            warnings.push(Warning::RejectedObject {
                kind: ObjectKind::Catheter,
                centre: scan.patient(place),
                brightness,
            });
        }
    }
    Findings {
        seeds,
        clumps,
        warnings,
        brightness_count,
        scan: Some(ScanConstants {
            seed_brightness_hu_mm3: constants.brightness,
            brightness_spread: constants.spread,
            sigma_plane_mm: constants.blur.plane_mm,
            sigma_slice_mm: constants.blur.slice_mm,
            noise_hu: scan.noise_hu,
        }),
    }
}

/// Falls from 1 to 0 as `x` passes `middle`.
fn falls(x: f64, middle: f64, width: f64) -> f64 {
    1.0 / (1.0 + ((x - middle) / width).exp())
}

/// Weighs each capsule of a clump.
fn weigh(scan: &Scan, window: &Window, clump: usize, e: &Explanation, constants: &Constants) -> Vec<Object> {
    let single = e.fit.capsules.len() == 1;
    // What was believed of brightness while splitting must not speak for itself now.
    let belief = Belief { spread: 3.0, ..split::belief(constants, scan.noise_hu) };
    let fit = refine(window, &e.fit.capsules, Some(e.fit.background), &constants.blur, &belief, false, 12);
    let residual = residuals(window, &fit.capsules, &fit.background, &fit.blur);
    let usual = constants.model_error.hypot(scan.noise_hu / constants.peak());
    // A single object's own width tells a capsule from something rounder.
    let widened = if single {
        let fit = refine(window, &fit.capsules, Some(fit.background), &constants.blur, &belief, true, 12);
        fit.blur.plane_mm / constants.blur.plane_mm
    } else {
        1.0
    };
    let mut objects = Vec::new();
    for (at, (capsule, free)) in e.fit.capsules.iter().zip(&fit.capsules).enumerate() {
        if !scan.searched(capsule.centre) {
            continue;
        }
        let bone = scan.hardest_around(capsule.centre, 2.5) > BONE_HU;
        let misfit = local_misfit(window, &residual, free, &fit.blur) / usual;
        let brightness = free.brightness / constants.brightness;
        let z = brightness.ln() / constants.spread.max(0.12);
        let strict = if bone { 0.75 } else { 1.0 };
        let terms = [
            (falls(z.abs(), 4.5 * strict, 0.6), if z < 0.0 { Doubt::Faint } else { Doubt::Bright }),
            (falls(misfit, 4.0 * strict, 0.5), Doubt::Shape),
            (falls(widened.ln().abs(), 0.3 * strict, 0.05), Doubt::Shape),
            (if single { 1.0 } else { falls(-e.one_less, 0.0, 3.0).max(0.5) }, Doubt::OneLess),
            (falls(-e.one_more, 0.0, 2.0).max(0.7), Doubt::OneMore),
            (if bone { 0.9 } else { 1.0 }, Doubt::BesideBone),
            (if e.foreign { 0.0 } else { 1.0 }, Doubt::Shape),
            (falls(left_beside(window, &residual, free, &fit.blur), 0.3, 0.025), Doubt::Shape),
        ];
        let confidence = terms.iter().map(|t| t.0).product();
        let worst = terms.iter().min_by(|a, b| a.0.total_cmp(&b.0));
        objects.push(Object {
            clump,
            capsule: *capsule,
            brightness,
            axis_error_deg: e.fit.axis_error.get(at).map_or(90.0, |r| r.to_degrees().min(90.0)),
            confidence,
            doubt: worst.filter(|t| t.0 < 0.95).map(|t| t.1),
            kind: if z > 3.0 {
                ObjectKind::Fiducial
            } else if bone {
                ObjectKind::Bone
            } else {
                ObjectKind::Calcification
            },
        });
    }
    objects
}

/// Root mean square residual where this capsule shines, as a part of its peak.
fn local_misfit(window: &Window, residual: &[f64], capsule: &Capsule, blur: &Blur) -> f64 {
    let prepared = capsule.prepare(blur);
    let peak = capsule.peak(blur).max(1.0);
    let (mut sum, mut n) = (0.0, 0.0);
    for (place, r) in window.places.iter().zip(residual) {
        if prepared.value(*place) > 0.3 * peak {
            sum += r * r;
            n += 1.0;
        }
    }
    (sum / f64::max(n, 1.0)).sqrt() / peak
}

/// The share of the voxels beside a capsule's image that stay brighter than the model by more than a tenth of its peak.
///
/// Beside a seed it is dark. The edge of a rib that runs along the slices, a vessel, or the streak between two seeds may be fitted by a
/// capsule where they are brightest, but they go on beside it.
fn left_beside(window: &Window, residual: &[f64], capsule: &Capsule, blur: &Blur) -> f64 {
    let prepared = capsule.prepare(blur);
    let peak = capsule.peak(blur).max(1.0);
    // in the slices beside it too
    let reach = [blur.plane_mm, blur.plane_mm, 0.7 * window.spacing[2]];
    let (mut left, mut n) = (0.0, 0.0);
    for (place, r) in window.places.iter().zip(residual) {
        let beside = (0..3).all(|a| {
            (place[a] - capsule.centre[a]).abs() < 0.5 * blur.length_mm * capsule.axis[a].abs() + 2.5 * reach[a]
        });
        if beside && prepared.value(*place) < 0.3 * peak {
            n += 1.0;
            left += f64::from(u8::from(*r > 0.1 * peak));
        }
    }
    left / f64::max(n, 1.0)
}

/// The confidence from which objects count as seeds: the expected count settles doubtful cases only.
fn bar(objects: &[Object], expected: Option<usize>) -> f64 {
    let Some(expected) = expected else { return ACCEPTED };
    let mut sorted: Vec<f64> = objects.iter().map(|o| o.confidence).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let found = sorted.iter().filter(|&&c| c >= ACCEPTED).count();
    if found == expected {
        return ACCEPTED;
    }
    let last =
        expected.checked_sub(1).and_then(|n| sorted.get(n)).copied().unwrap_or(if expected == 0 { 1.0 } else { 0.0 });
    last.clamp(ACCEPTED - LEEWAY, ACCEPTED + LEEWAY)
}

/// Orders the accepted seeds from feet to head and numbers their clumps.
fn number(scan: &Scan, accepted: Vec<Object>) -> (Vec<FoundSeed>, Vec<Object>, Vec<Clump>) {
    let mut placed: Vec<(crate::Point, Object)> =
        accepted.into_iter().map(|o| (scan.patient(o.capsule.centre), o)).collect();
    placed.sort_by(|(a, _), (b, _)| a[2].total_cmp(&b[2]).then(a[1].total_cmp(&b[1])).then(a[0].total_cmp(&b[0])));
    let mut names: Vec<usize> = Vec::new();
    let mut clumps: Vec<Clump> = Vec::new();
    let mut seeds = Vec::new();
    let mut kept = Vec::new();
    for (at, (centre, object)) in placed.into_iter().enumerate() {
        let clump = names.iter().position(|&n| n == object.clump).unwrap_or_else(|| {
            names.push(object.clump);
            clumps.push(Clump { seeds: Vec::new(), brightness_count: 0.0 });
            names.len() - 1
        });
        clumps[clump].seeds.push(at);
        clumps[clump].brightness_count += object.brightness;
        seeds.push(FoundSeed {
            centre,
            axis: (object.axis_error_deg < LOST_AXIS_DEG).then(|| scan.direction(object.capsule.axis)),
            axis_error_deg: object.axis_error_deg,
            confidence: object.confidence,
            brightness: object.brightness,
            clump,
            note: object.doubt,
        });
        kept.push(object);
    }
    (seeds, kept, clumps)
}
