//! The settings of a verification by name: one list for the command line, the API and the sentences that point at them.

/// A setting that a result depends on and a person can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// prescribed dose
    Prescription,
    /// seed model
    Model,
    /// strength of one seed
    Strength,
    /// when the seeds had that strength
    StrengthDate,
    /// number of seeds implanted
    Count,
    /// target structure
    Target,
    /// criteria pack
    Criteria,
    /// voxel size of the dose grid
    Grid,
}

impl Setting {
    /// Its field in the API's `settings`.
    pub fn field(self) -> &'static str {
        match self {
            Self::Prescription => "prescription_gy",
            Self::Model => "model",
            Self::Strength => "strength_u",
            Self::StrengthDate => "strength_date",
            Self::Count => "count",
            Self::Target => "target",
            Self::Criteria => "criteria",
            Self::Grid => "grid_mm",
        }
    }

    /// Its option of the command line, with an example.
    pub fn option(self) -> &'static str {
        match self {
            Self::Prescription => "--prescription, for example --prescription 145Gy",
            Self::Model => "--model, for example --model STM1251, or --model-file (see 'dosewright seed list')",
            Self::Strength => "--strength, for example --strength 0.621U",
            Self::StrengthDate => "--strength-date, for example --strength-date 2026-01-31",
            Self::Count => "--count, for example --count 60",
            Self::Target => "--target, for example --target CTV",
            Self::Criteria => "--criteria (see 'dosewright criteria list')",
            Self::Grid => "--grid, for example --grid 1mm",
        }
    }
}
