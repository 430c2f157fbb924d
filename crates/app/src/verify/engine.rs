//! The dose grid around structures and seeds, and the dose on it.

use dose::tg43::{self, DoseResult, Formalism, Options};
use image::{Grid, Region};

use super::extent::Extent;
use super::notice::Notice;
use super::request::{FormalismChoice, Request};
use super::sources::Seeds;
use crate::failure::{Failure, unusable};

/// Dose is computed this far around seeds and structures, so that isodoses close and interpolation has neighbours.
const MARGIN_MM: f64 = 15.0;
/// Around seeds and target alone, when the structures are too large for one grid.
const NEAR_MM: f64 = 60.0;
/// The largest grid: 160 MB of dose.
const MOST_VOXELS: f64 = 40e6;

/// The formalism, as asked for or as the seeds allow.
pub fn formalism(request: &Request, seeds: &Seeds, notices: &mut Vec<Notice>) -> Formalism {
    let unknown = seeds.placed.iter().filter(|seed| seed.axis.is_none()).count();
    match request.formalism {
        FormalismChoice::Point => Formalism::Point1D,
        FormalismChoice::One => Formalism::Line1D,
        FormalismChoice::Auto if unknown == seeds.placed.len() => Formalism::Line1D,
        FormalismChoice::Auto | FormalismChoice::Two => {
            if unknown > 0 {
                let of = seeds.placed.len();
                notices.push(Notice::note(
                    format!("{of} 粒粒子中有 {unknown} 粒方向未知，这些粒子按一维公式计算。"),
                    format!("the orientation of {unknown} of {of} seeds is unknown; these are computed in 1D"),
                ));
            }
            Formalism::Line2D
        }
    }
}

/// A grid of the asked voxel size, along the patient axes, that holds seeds and regions with a margin.
pub fn grid<'r>(
    request: &Request,
    seeds: &Seeds,
    target: &Region,
    regions: impl IntoIterator<Item = &'r Region>,
) -> Result<Grid, Failure> {
    let step = request.grid_mm;
    let mut near = Extent::of(seeds.centres());
    near.include_region(target);
    let mut all = near;
    for region in regions {
        all.include_region(region);
    }
    let wanted = [all.grown(MARGIN_MM), all.within(&near.grown(NEAR_MM)), near.grown(MARGIN_MM)];
    wanted
        .iter()
        .map(|extent| extent.voxels(step))
        .zip(&wanted)
        .find(|(size, _)| size.iter().product::<f64>() <= MOST_VOXELS)
        .map(|(size, extent)| {
            // whole multiples of the step, so that a grid does not move when a contour point does
            let origin = extent.low.map(|low| (low / step).floor() * step);
            Grid::axis_aligned(size.map(|n| n as usize), origin, [step; 3])
        })
        .ok_or_else(|| {
            let size = near.grown(MARGIN_MM).voxels(step);
            Failure::input(format!(
                "seeds and target spread over {:.0} × {:.0} × {:.0} mm, too far for one grid of {step} mm; check that all seeds lie in \
                 this patient, or use larger voxels with --grid",
                size[0] * step,
                size[1] * step,
                size[2] * step
            )).zh(format!("粒子与靶区分布过远（{:.0} × {:.0} × {:.0} mm），无法用 {step} mm 的网格计算；请核对粒子是否都在患者体内，或加大剂量网格。", size[0] * step, size[1] * step, size[2] * step))
        })
}

/// The dose to infinity of the implant.
pub fn dose(
    seeds: &Seeds,
    grid: &Grid,
    formalism: Formalism,
    notices: &mut Vec<Notice>,
) -> Result<DoseResult, Failure> {
    let result = tg43::dose(&seeds.implant()?, grid, Options::permanent(formalism)).map_err(unusable)?;
    for left in &result.extrapolation {
        if left.beyond_g + left.beyond_anisotropy > 0 {
            let named = seeds.kinds.iter().find(|kind| kind.model.id == left.model);
            let model = named.map_or(&left.model, |kind| &kind.model.name);
            let to = left.g_range_mm.1.min(left.anisotropy_range_mm.1);
            notices.push(Notice::note(
                format!("距 {model} 粒子 {to:.0} mm 以外超出剂量学数据表，剂量为外推值。"),
                format!(
                    "farther than {to:.0} mm from a {model} seed the dose is extrapolated beyond the published tables"
                ),
            ));
        }
    }
    Ok(result)
}
