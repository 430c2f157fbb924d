//! Copying files so that they survive a loss of power, with their digests.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;

use records::digest::Digester;
use records::{Digest, digest};
use store::{Objects, ObjectsError};

use super::folder::FORMS;
use super::manifest::Piece;
use crate::failure::Failure;

/// Bytes at a time.
const PIECE: usize = 256 * 1024;

/// An error of the disk about a file.
pub fn disk(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!("{}: {error}", path.display())).zh(format!("磁盘错误：{}（{error}）。", path.display()))
}

/// Size and digest of a file.
///
/// # Errors
/// When it cannot be read.
pub fn measure(path: &Path, name: &str) -> Result<Piece, Failure> {
    let mut file = File::open(path).map_err(|error| disk(path, &error))?;
    let (mut digester, mut bytes, mut piece) = (digest::Digester::default(), 0, vec![0; PIECE]);
    loop {
        let read = file.read(&mut piece).map_err(|error| disk(path, &error))?;
        let Some(some) = piece.get(..read).filter(|some| !some.is_empty()) else { break };
        digester.take(some);
        bytes += read as u64;
    }
    Ok(Piece { name: name.to_owned(), bytes, sha256: digester.finish() })
}

/// Copies a file and puts it on the disk; gives what was written.
///
/// # Errors
/// When it cannot be read or written.
pub fn file(from: &Path, to: &Path, name: &str) -> Result<Piece, Failure> {
    let mut source = File::open(from).map_err(|error| disk(from, &error))?;
    let failed = |error: std::io::Error| disk(to, &error);
    let mut target = File::create_new(to).map_err(failed)?;
    let (mut digester, mut bytes, mut piece) = (Digester::default(), 0, vec![0; PIECE]);
    loop {
        let read = source.read(&mut piece).map_err(|error| disk(from, &error))?;
        let Some(some) = piece.get(..read).filter(|some| !some.is_empty()) else { break };
        digester.take(some);
        bytes += read as u64;
        target.write_all(some).map_err(failed)?;
    }
    target.sync_all().map_err(failed)?;
    Ok(Piece { name: name.to_owned(), bytes, sha256: digester.finish() })
}

/// Copies the hospital's own forms, where there are any.
///
/// # Errors
/// When one cannot be read or written.
pub fn forms(from: &Path, to: &Path) -> Result<Vec<Piece>, Failure> {
    let (from, to) = (from.join(FORMS), to.join(FORMS));
    if !from.is_dir() {
        return Ok(Vec::new());
    }
    fs::create_dir(&to).map_err(|error| disk(&to, &error))?;
    let entries = fs::read_dir(&from).map_err(|error| disk(&from, &error))?;
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().extension().is_some_and(|ending| ending == "json"))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let copied = names.iter().map(|name| file(&from.join(name), &to.join(name), name)).collect();
    sync(&to)?;
    copied
}

/// Makes the names in a folder lasting.
///
/// # Errors
/// When the disk fails.
pub fn sync(folder: &Path) -> Result<(), Failure> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| disk(folder, &error))
}

/// What became of an object that was to be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// it was there already
    There,
    /// it was copied
    New,
}

/// Copies an object where it is not there yet; what is there is trusted by its size, or read where `full` asks for it.
///
/// # Errors
/// When the source is missing or damaged, or the disk fails.
pub async fn object(
    from: &Objects,
    to: &Objects,
    content: Digest,
    bytes: u64,
    full: bool,
) -> Result<Copied, ObjectsError> {
    let there = to.path(content);
    if there.metadata().is_ok_and(|file| file.len() == bytes) && (!full || to.verify(content).await.is_ok()) {
        return Ok(Copied::There);
    }
    // read before anything is taken away: a damaged source does not replace a copy
    from.verify(content).await?;
    if there.exists() {
        let gone = fs::remove_file(&there);
        gone.map_err(|error| ObjectsError::Disk { path: there.clone(), reason: error.to_string() })?;
    }
    let (mut source, size) = from.file(content).await?;
    let kept = to.put_reader(&mut source, size).await?;
    if kept.content != content {
        return Err(ObjectsError::Altered(content));
    }
    to.verify(content).await?;
    Ok(Copied::New)
}
