//! Parts of a ZIP file, unpacked under a limit.

use std::io::{BufReader, Cursor, Read};

use zip::ZipArchive;

use super::{Limits, ReadError};

/// Most parts of a file.
const MOST_PARTS: usize = 5_000;

/// A ZIP file, and how much of it may still be unpacked.
pub(super) struct Parts<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    left: u64,
    most: u64,
}

impl<'a> Parts<'a> {
    /// Opens it.
    pub(super) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, ReadError> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| ReadError::Damaged(error.to_string()))?;
        if archive.len() > MOST_PARTS {
            return Err(ReadError::TooMany { most: MOST_PARTS, what: "parts" });
        }
        Ok(Self { archive, left: limits.unpacked, most: limits.unpacked })
    }

    /// Whether there is such a part.
    pub(super) fn has(&self, name: &str) -> bool {
        self.archive.index_for_name(name).is_some()
    }

    /// Reads a part with a function, which gets no more bytes than are left. What it says about the end of the text is not believed
    /// where the limit ended it.
    pub(super) fn with<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut BufReader<Counted<'_>>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let file = self.archive.by_name(name).map_err(|error| match error {
            zip::result::ZipError::UnsupportedArchive(what) if what.contains("assword") => ReadError::Encrypted,
            other => ReadError::Damaged(format!("{name}: {other}")),
        })?;
        let mut reader = BufReader::new(Counted { inner: Box::new(file), left: self.left, over: false });
        let got = read(&mut reader);
        let counted = reader.get_ref();
        if counted.over {
            return Err(ReadError::Unpacked(self.most >> 20));
        }
        self.left = counted.left;
        got
    }
}

/// A reader that ends at a limit and remembers that it did.
pub(super) struct Counted<'a> {
    inner: Box<dyn Read + 'a>,
    left: u64,
    over: bool,
}

impl Read for Counted<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let got = self.inner.read(into)? as u64;
        if got > self.left {
            self.over = true;
            self.left = 0;
            return Err(std::io::Error::other("more than may be unpacked"));
        }
        self.left -= got;
        Ok(got as usize)
    }
}
