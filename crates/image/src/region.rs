//! The solid that the contours of a structure stand for.
//!
//! Contours lie in parallel planes of any orientation; each plane stands for a slab reaching halfway to its neighbours; inside is
//! decided by the even–odd rule over all contours of a plane. The rules, with their reasons, are in `docs/methods/dvh.md`.

mod build;
mod coverage;
mod crossings;
mod frame;
mod outline;
pub mod raster;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::Point;

/// Choices in turning contours into a region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegionOptions {
    /// spacing of the images the contours were drawn on, mm; needed only for a region that lies on one plane
    pub slice_mm: Option<f64>,
    /// planes up to this many nominal spacings apart belong together; beyond it the region has separate parts
    pub bridge: f64,
}

impl Default for RegionOptions {
    fn default() -> Self {
        Self { slice_mm: None, bridge: 2.5 }
    }
}

/// One contour plane of a region and the slab it stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// distance of the contours from the patient origin along the region's normal, mm
    pub position_mm: f64,
    /// where its slab begins along the normal, mm
    pub low_mm: f64,
    /// where its slab ends along the normal, mm
    pub high_mm: f64,
    /// outline as directed edges `[u0, v0, u1, v1]`, mm, inside to the left; edges never cross
    pub edges: Vec<[f64; 4]>,
    /// enclosed area, mm²
    pub area_mm2: f64,
}

impl Plane {
    /// Thickness of the slab, mm.
    pub fn thickness_mm(&self) -> f64 {
        self.high_mm - self.low_mm
    }

    /// The box `[u_min, v_min, u_max, v_max]` around the outline, mm.
    pub fn bounds(&self) -> [f64; 4] {
        let mut b = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        for e in &self.edges {
            b[0] = b[0].min(e[0]).min(e[2]);
            b[1] = b[1].min(e[1]).min(e[3]);
            b[2] = b[2].max(e[0]).max(e[2]);
            b[3] = b[3].max(e[1]).max(e[3]);
        }
        b
    }

    /// Whether a point of the plane lies inside the outline (even–odd).
    pub fn encloses(&self, u: f64, v: f64) -> bool {
        let mut inside = false;
        for e in &self.edges {
            if (e[1] > v) != (e[3] > v) && u < e[0] + (v - e[1]) / (e[3] - e[1]) * (e[2] - e[0]) {
                inside = !inside;
            }
        }
        inside
    }
}

/// A solid region of the patient: outlines in parallel planes, each with its slab.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// name of the structure it was made of
    pub name: String,
    /// unit vectors u, v, n in patient space; n is the common normal of the contours, u × v = n
    pub axes: [Point; 3],
    /// its planes, in order of increasing position
    pub planes: Vec<Plane>,
    /// what a reader of the result should know
    pub notes: Vec<RegionNote>,
}

impl Region {
    /// Volume, cm³.
    pub fn volume_cm3(&self) -> f64 {
        self.planes.iter().map(|plane| plane.area_mm2 * plane.thickness_mm()).sum::<f64>() / 1000.0
    }

    /// The coordinates (u, v, n) of a patient position, mm.
    pub fn to_uvn(&self, point: Point) -> [f64; 3] {
        std::array::from_fn(|a| dot(self.axes[a], point))
    }

    /// The patient position of coordinates (u, v, n); the inverse of [`Region::to_uvn`].
    pub fn to_patient(&self, uvn: [f64; 3]) -> Point {
        std::array::from_fn(|c| (0..3).map(|a| uvn[a] * self.axes[a][c]).sum())
    }

    /// Whether a patient position lies inside.
    pub fn contains(&self, point: Point) -> bool {
        let [u, v, n] = self.to_uvn(point);
        let after = self.planes.partition_point(|plane| plane.high_mm <= n);
        self.planes.get(after).is_some_and(|plane| plane.low_mm <= n && plane.encloses(u, v))
    }

    /// The box around it in its own coordinates (u, v, n): lowest and highest corner, mm.
    pub fn bounds_uvn(&self) -> [[f64; 3]; 2] {
        let mut low = [f64::INFINITY; 3];
        let mut high = [f64::NEG_INFINITY; 3];
        for plane in &self.planes {
            let b = plane.bounds();
            for (a, (l, h)) in [(b[0], b[2]), (b[1], b[3]), (plane.low_mm, plane.high_mm)].into_iter().enumerate() {
                low[a] = low[a].min(l);
                high[a] = high[a].max(h);
            }
        }
        [low, high]
    }
}

/// Something about a region that its user should know; none of it stops the work.
#[derive(Debug, Clone, PartialEq)]
pub enum RegionNote {
    /// a contour of fewer than three different points or without area was left out
    NoArea {
        /// its number, from 1
        contour: usize,
    },
    /// a contour that bounds no area (points, a line in space) was left out
    NotAnOutline {
        /// its number, from 1
        contour: usize,
    },
    /// an open contour whose ends nearly meet was closed
    Closed {
        /// its number, from 1
        contour: usize,
        /// distance between its ends, mm
        gap_mm: f64,
    },
    /// the same contour is given more than once and was counted once
    Repeated {
        /// number of the copy, from 1
        contour: usize,
    },
    /// contours cross themselves or each other; what is enclosed twice counts as outside
    Crossing {
        /// position of the plane along the normal, mm
        plane_mm: f64,
        /// how many crossings
        count: usize,
    },
    /// crossings could not be resolved exactly; the area may be wrong where they are
    Unresolved {
        /// position of the plane along the normal, mm
        plane_mm: f64,
    },
    /// a plane between these two has no contour; the neighbours were extended to meet halfway
    Bridged {
        /// plane below, mm along the normal
        from_mm: f64,
        /// plane above, mm along the normal
        to_mm: f64,
    },
    /// several planes between these two have no contour; the region is taken to have separate parts
    Gap {
        /// plane below, mm along the normal
        from_mm: f64,
        /// plane above, mm along the normal
        to_mm: f64,
    },
    /// the region lies on one plane; its thickness is the spacing of the images
    OnePlane {
        /// thickness taken, mm
        thickness_mm: f64,
    },
}

impl fmt::Display for RegionNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoArea { contour } => write!(f, "contour {contour} encloses no area and was left out"),
            Self::NotAnOutline { contour } => write!(f, "contour {contour} is not a planar outline and was left out"),
            Self::Closed { contour, gap_mm } => {
                write!(f, "contour {contour} was open by {gap_mm:.2} mm and was closed")
            }
            Self::Repeated { contour } => write!(f, "contour {contour} repeats another one and was counted once"),
            Self::Crossing { plane_mm, count } => write!(
                f,
                "contours cross at {count} place(s) in the plane at {plane_mm:.2} mm; what is enclosed twice counts as outside"
            ),
            Self::Unresolved { plane_mm } => {
                write!(f, "contours in the plane at {plane_mm:.2} mm touch so closely that the area there is uncertain")
            }
            Self::Bridged { from_mm, to_mm } => {
                write!(
                    f,
                    "no contour between the planes at {from_mm:.2} and {to_mm:.2} mm; the neighbours were extended to meet"
                )
            }
            Self::Gap { from_mm, to_mm } => {
                write!(f, "no contours between the planes at {from_mm:.2} and {to_mm:.2} mm; taken as separate parts")
            }
            Self::OnePlane { thickness_mm } => {
                write!(f, "lies on one plane only; its thickness was taken as the slice spacing, {thickness_mm:.2} mm")
            }
        }
    }
}

impl RegionNote {
    /// The same in Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Self::NoArea { contour } => format!("轮廓 {contour} 未围成面积，已略去"),
            Self::NotAnOutline { contour } => format!("轮廓 {contour} 不是平面轮廓线，已略去"),
            Self::Closed { contour, gap_mm } => format!("轮廓 {contour} 未闭合（缺口 {gap_mm:.2} mm），已闭合"),
            Self::Repeated { contour } => format!("轮廓 {contour} 与另一轮廓重复，只计一次"),
            Self::Crossing { plane_mm, count } => {
                format!("{plane_mm:.2} mm 层面的轮廓有 {count} 处交叉，重复围住的部分不计入")
            }
            Self::Unresolved { plane_mm } => format!("{plane_mm:.2} mm 层面的轮廓过于贴近，该处面积不确定"),
            Self::Bridged { from_mm, to_mm } => {
                format!("{from_mm:.2} 与 {to_mm:.2} mm 层面之间缺少轮廓，相邻层面已延伸相接")
            }
            Self::Gap { from_mm, to_mm } => format!("{from_mm:.2} 与 {to_mm:.2} mm 层面之间无轮廓，按分离的部分处理"),
            Self::OnePlane { thickness_mm } => format!("只有一个层面，厚度取层间距 {thickness_mm:.2} mm"),
        }
    }
}

/// Why a structure is no region.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("structure '{name}': {problem}")]
pub struct RegionError {
    /// name of the structure
    pub name: String,
    /// what is wrong with it
    pub problem: RegionProblem,
}

/// What is wrong with a structure.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RegionProblem {
    /// nothing to make a region of
    #[error("it has no contour that encloses an area; draw it, or leave it out")]
    Empty,
    /// a coordinate is not a number, or absurd
    #[error(
        "point {point} of contour {contour} has a coordinate that is not a finite number below 100 m; export the structure again"
    )]
    NotAPosition {
        /// number of the contour, from 1
        contour: usize,
        /// number of the point, from 1
        point: usize,
    },
    /// an open contour
    #[error(
        "structure not closed: the ends of contour {contour} are {gap_mm:.2} mm apart; close it in the contouring system"
    )]
    NotClosed {
        /// number of the contour, from 1
        contour: usize,
        /// distance between its ends, mm
        gap_mm: f64,
    },
    /// contours that do not lie in parallel planes
    #[error(
        "contour {contour} leaves the common plane orientation by {deviation_mm:.2} mm; contours must be flat and parallel"
    )]
    NotFlat {
        /// number of the contour, from 1
        contour: usize,
        /// greatest distance of a point from its plane, mm
        deviation_mm: f64,
    },
    /// contours crossing themselves or each other beyond sense
    #[error("the contours in the plane at {plane_mm:.2} mm cross too often to be an outline; draw them again")]
    Tangled {
        /// position of the plane along the normal, mm
        plane_mm: f64,
    },
    /// one plane and no spacing
    #[error("it lies on one plane only, so it has no thickness; give the slice spacing of the images it was drawn on")]
    NoThickness,
    /// an option without sense
    #[error("{what} must be a positive number")]
    Option {
        /// which option
        what: &'static str,
    },
}

impl RegionProblem {
    /// The same in Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Self::Empty => "没有围成面积的轮廓；请勾画或删去".to_owned(),
            Self::NotAPosition { contour, point } => {
                format!("轮廓 {contour} 第 {point} 点的坐标不是 100 m 以内的有限数；请重新导出")
            }
            Self::NotClosed { contour, gap_mm } => {
                format!("结构未闭合：轮廓 {contour} 两端相距 {gap_mm:.2} mm；请在勾画系统中闭合")
            }
            Self::NotFlat { contour, deviation_mm } => {
                format!("轮廓 {contour} 偏离共同平面方向 {deviation_mm:.2} mm；轮廓须为平面且相互平行")
            }
            Self::Tangled { plane_mm } => format!("{plane_mm:.2} mm 层面的轮廓交叉过多，不成轮廓；请重新勾画"),
            Self::NoThickness => "只有一个层面，没有厚度；须给出所用图像的层间距".to_owned(),
            Self::Option { what } => format!("{what} 须为正数"),
        }
    }
}

pub(crate) fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
