//! Writes `docs/validation/dvh.md`: how far contours, coverage and dose-volume histograms are from the truth and from other systems.

mod analytic;
mod cases;
mod solids;
mod three_systems;
mod vtk;

use std::fmt::Write;
use std::path::PathBuf;

const HEAD: &str = "\
# Validation: contours and dose-volume histograms

Written by `cargo xtask validate dvh`; do not edit. The rules are in [the method page](../methods/dvh.md).
";

/// The page, as markdown.
///
/// # Errors
/// When a case cannot be computed. Cases whose reference data are not there are left out with a line that says so.
pub fn page() -> Result<String, String> {
    let mut page = String::from(HEAD);
    let say = |e: std::fmt::Error| e.to_string();
    write!(page, "\n{}\n{}", solids::section()?, analytic::section()?).map_err(say)?;
    write!(page, "\n{}\n{}", three_systems::section()?, cases::section()?).map_err(say)?;
    Ok(page)
}

/// A folder of the reference data, if it is there.
fn reference(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(folder);
    path.is_dir().then_some(path)
}

/// A structure of closed contours.
fn structure(name: &str, contours: Vec<Vec<image::Point>>) -> image::Structure {
    image::Structure {
        number: 1,
        name: name.into(),
        kind: String::new(),
        colour: None,
        frame_of_reference: String::new(),
        contours: contours
            .into_iter()
            .map(|points| image::Contour { kind: image::ContourKind::ClosedPlanar, points, image: None })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_can_be_written() {
        let page = super::page().unwrap();
        assert!(page.contains("| ball") && page.contains("plastimatch"));
    }
}
