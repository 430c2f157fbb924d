//! Live editing: volume, slices, outlines and mesh of a study; seeds, dose and export of a draft.

use super::Route;

/// Its routes.
pub fn routes() -> Vec<Route> {
    Vec::new()
}
