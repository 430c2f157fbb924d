//! Structures: named regions drawn as contours.

use crate::Point;

/// How the points of a contour are joined (DICOM Contour Geometric Type).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContourKind {
    /// a closed polygon in one plane; the last point joins the first
    ClosedPlanar,
    /// an open line in one plane; bounds no area
    OpenPlanar,
    /// a line that leaves the plane; bounds no area
    OpenNonplanar,
    /// single points
    Point,
}

/// One contour of a structure.
#[derive(Debug, Clone, PartialEq)]
pub struct Contour {
    /// how the points are joined
    pub kind: ContourKind,
    /// patient positions, mm
    pub points: Vec<Point>,
    /// SOP instance UID of the image it was drawn on, where stated
    pub image: Option<String>,
}

/// A named region of the patient.
#[derive(Debug, Clone, PartialEq)]
pub struct Structure {
    /// ROI number of the structure set
    pub number: i32,
    /// as the author wrote it
    pub name: String,
    /// RT ROI Interpreted Type, upper case (ORGAN, PTV, EXTERNAL…); empty when absent
    pub kind: String,
    /// display colour, red green blue
    pub colour: Option<[u8; 3]>,
    /// frame of reference the contours are given in; empty when absent
    pub frame_of_reference: String,
    /// its contours, in file order
    pub contours: Vec<Contour>,
}
