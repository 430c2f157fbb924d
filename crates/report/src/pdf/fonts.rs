//! The fonts of a report: Noto Sans SC in two weights, a fallback for rare Han characters, and what the caller adds.

use std::io::Read;
use std::sync::{Arc, OnceLock};

static REGULAR: &[u8] = include_bytes!("../../../../assets/fonts/NotoSansSC-Regular.ttf");
static STRONG: &[u8] = include_bytes!("../../../../assets/fonts/NotoSansSC-SemiBold.ttf");
/// HanaMinB, gzip: CJK Extensions B to F (60 000 characters, 31 MB unpacked), needed for one name in many thousands.
#[cfg(rare_han)]
static RARE: &[u8] = include_bytes!("../../../../assets/fonts/HanaMinB.ttf.gz");
#[cfg(not(rare_han))]
static RARE: &[u8] = &[];

/// The bytes of a font file.
#[derive(Debug, Clone)]
pub struct FontData {
    /// TrueType, OpenType or a collection of them
    pub bytes: Arc<Vec<u8>>,
    /// which face of a collection; 0 for a single font
    pub index: u32,
}

/// The fonts a report may use, in order of preference.
#[derive(Debug, Clone, Default)]
pub struct Fonts {
    extra: Vec<FontData>,
}

/// Weight of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Weight {
    Regular,
    Strong,
}

/// Where the bytes of a face come from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Static(&'static [u8]),
    Shared(Arc<Vec<u8>>, u32),
}

impl Fonts {
    /// The embedded fonts alone. They cover the 8105 characters of the national list of common Han characters
    /// (通用规范汉字表), Extensions B to F, Latin with accents and Greek.
    pub fn embedded() -> Self {
        Self::default()
    }

    /// The embedded fonts, and `extra` (say, the system's) for characters that those lack. A report with such a
    /// character depends on the machine it is made on; every other report has the same bytes everywhere.
    pub fn with_extra(extra: Vec<FontData>) -> Self {
        Self { extra }
    }

    /// Whether the fallback for rare Han characters was compiled in.
    pub const fn has_rare_han() -> bool {
        !RARE.is_empty()
    }

    /// How many faces there are; see [`Fonts::face`].
    pub(crate) fn len(&self) -> usize {
        3 + self.extra.len()
    }

    /// The face to try at rank `rank`: regular, strong, rare, then the extra ones.
    pub(crate) fn face(&self, rank: usize) -> Option<Source> {
        match rank {
            0 => Some(Source::Static(REGULAR)),
            1 => Some(Source::Static(STRONG)),
            2 => rare().map(Source::Static),
            _ => self.extra.get(rank - 3).map(|data| Source::Shared(Arc::clone(&data.bytes), data.index)),
        }
    }
}

/// The unpacked fallback font; unpacked on first use.
fn rare() -> Option<&'static [u8]> {
    static UNPACKED: OnceLock<Vec<u8>> = OnceLock::new();
    let bytes = UNPACKED.get_or_init(|| {
        let mut bytes = Vec::new();
        // an unreadable archive leaves characters as codes, like an absent one
        if RARE.is_empty() || flate2::read::GzDecoder::new(RARE).read_to_end(&mut bytes).is_err() {
            bytes.clear();
        }
        bytes
    });
    (!bytes.is_empty()).then_some(bytes.as_slice())
}
