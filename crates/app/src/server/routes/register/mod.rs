//! The register: hospitals, people, forms and what is filled in, lots of seeds and their movements.

pub mod emergency;
pub mod forms;
pub mod hospitals;
pub mod lots;
pub mod people;
pub mod records;
pub mod stock_take;

use super::Route;

/// Its routes.
pub fn routes() -> Vec<Route> {
    [
        emergency::routes(),
        forms::routes(),
        hospitals::routes(),
        people::routes(),
        records::routes(),
        lots::routes(),
        stock_take::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
