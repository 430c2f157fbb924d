//! Indicators: ratios of counts over the facts of cases, by definitions that are data (`data/indicators`). Method and what is
//! unknown: `docs/methods/indicators.md`.
//!
//! [`Pack`] (definitions) → [`Inquiry`] (which questions a store must answer) → [`Computed`] (figures with their intervals) →
//! [`funnel`] (comparing parts) or [`crate::Figure`] (as reported).

mod computed;
mod elsewhere;
pub mod funnel;
mod inquiry;
mod pack;

pub(crate) use computed::Z_95;
pub use computed::{Computed, Missing, for_public, wilson};
pub use inquiry::{Inquiry, Period, Question, Scope};
pub use pack::{Condition, Direction, Indicator, Pack, PackError};
