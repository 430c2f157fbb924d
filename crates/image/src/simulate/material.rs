//! What X rays see of a material: attenuation in a few bands of the scanner's spectrum.

use std::sync::OnceLock;

/// Number of energy bands of the table.
pub(crate) const BANDS: usize = 6;

const TABLE: &str = include_str!("../../../../data/ct/attenuation.csv");

/// A material of dense objects; an index into `data/ct/attenuation.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Material(usize);

struct Row {
    name: String,
    per_mm: [f32; BANDS],
}

struct Table {
    weight: [f32; BANDS],
    rows: Vec<Row>,
}

/// The embedded table. It is part of the program: a fault in it is a fault of the build, caught by the tests below.
fn table() -> &'static Table {
    static CELL: OnceLock<Table> = OnceLock::new();
    CELL.get_or_init(|| {
        let mut table = Table { weight: [0.0; BANDS], rows: Vec::new() };
        for line in TABLE.lines().filter(|l| !l.starts_with('#') && !l.starts_with("quantity")) {
            let mut cells = line.split(',');
            let name = cells.next().unwrap_or_default().to_owned();
            let _density = cells.next();
            let mut values = [0.0_f32; BANDS];
            for (value, cell) in values.iter_mut().zip(cells) {
                *value = cell.parse().unwrap_or(f32::NAN);
            }
            match name.as_str() {
                "energy_keV" => {}
                "weight" => table.weight = values,
                // per cm to per mm
                _ => table.rows.push(Row { name, per_mm: values.map(|v| v * 0.1) }),
            }
        }
        table
    })
}

impl Material {
    /// The material of this name in `data/ct/attenuation.csv`.
    pub fn named(name: &str) -> Option<Self> {
        table().rows.iter().position(|row| row.name == name).map(Self)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        table().rows.get(self.0).map_or("", |row| row.name.as_str())
    }

    /// Linear attenuation coefficient per band, 1/mm.
    pub(crate) fn per_mm(self) -> [f32; BANDS] {
        table().rows.get(self.0).map_or([0.0; BANDS], |row| row.per_mm)
    }

    /// How much more of it than of water, in Hounsfield units at the mean of the signal; no beam hardening.
    pub fn nominal_hu(self) -> f64 {
        let mean = |m: [f32; BANDS]| spectrum().iter().zip(m).map(|(w, v)| f64::from(w * v)).sum::<f64>();
        let water = mean(water_per_mm());
        1000.0 * (mean(self.per_mm()) - water) / water
    }
}

/// Share of the detector signal per band; sums to 1.
pub(crate) fn spectrum() -> [f32; BANDS] {
    table().weight
}

/// Attenuation of water per band, 1/mm.
pub(crate) fn water_per_mm() -> [f32; BANDS] {
    Material::named("water").map_or([0.0; BANDS], Material::per_mm)
}

/// The scanner's water correction: measured −ln I to the path of water that would give it, mm.
pub(crate) struct WaterCorrection {
    step_mm: f64,
    log: Vec<f64>,
}

impl WaterCorrection {
    /// A table up to 2 m of water.
    pub(crate) fn new() -> Self {
        let step_mm = 0.5;
        let log = (0..4000).map(|i| -signal_behind_water(f64::from(i) * step_mm).ln()).collect();
        Self { step_mm, log }
    }

    /// The path of water, mm, for a measured −ln I; linear between the entries of the table.
    pub(crate) fn path_mm(&self, log: f64) -> f64 {
        let above = self.log.partition_point(|&v| v <= log).clamp(1, self.log.len() - 1);
        let (low, high) = (self.log[above - 1], self.log[above]);
        self.step_mm * ((above - 1) as f64 + (log - low) / (high - low))
    }
}

/// The signal behind a path of water, as a share of the open beam.
pub(crate) fn signal_behind_water(path_mm: f64) -> f64 {
    spectrum().iter().zip(water_per_mm()).map(|(&w, mu)| f64::from(w) * (-f64::from(mu) * path_mm).exp()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert!((spectrum().iter().sum::<f32>() - 1.0).abs() < 1e-4);
        for row in &table().rows {
            assert!(row.per_mm.iter().all(|v| v.is_finite() && *v > 0.0), "{}", row.name);
        }
        for name in ["water", "air", "titanium", "gold", "silver", "hydroxyapatite", "nitinol", "steel"] {
            assert_eq!(Material::named(name).map(Material::name), Some(name));
        }
        assert!(Material::named("unobtainium").is_none());
    }

    #[test]
    fn water_is_zero_and_air_is_minus_1000() {
        assert_eq!(Material::named("water").unwrap().nominal_hu(), 0.0);
        assert!((Material::named("air").unwrap().nominal_hu() + 1000.0).abs() < 5.0);
    }

    #[test]
    fn the_water_correction_inverts_the_signal() {
        let correction = WaterCorrection::new();
        for path in [0.0, 3.3, 150.2, 412.7] {
            let back = correction.path_mm(-signal_behind_water(path).ln());
            assert!((back - path).abs() < 1e-3, "{path} {back}");
        }
    }
}
