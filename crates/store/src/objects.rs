//! A folder of files called by their content: `ab/cdef…`, the SHA-256 in hexadecimal. A file that is there is whole and is never
//! written again.

use std::fs::{self, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use records::Digest;
use records::digest::Digester;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

/// Bytes read and written at a time.
const PIECE: usize = 256 * 1024;
/// Where files stand that are not whole yet.
const UNFINISHED: &str = "unfinished";

/// Why an object could not be kept or fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectsError {
    /// more than was allowed
    #[error("the file is larger than {most} bytes")]
    TooLarge {
        /// bytes allowed
        most: u64,
    },
    /// nothing of that name
    #[error("there is no file {0}: it was deleted outside the program; bring it back from a backup")]
    Missing(Digest),
    /// the content is not what the name says
    #[error("file {0} was altered or damaged: bring it back from a backup")]
    Altered(Digest),
    /// who sends it stopped
    #[error("the file did not arrive whole ({0}): send it again")]
    Broken(String),
    /// the disk failed
    #[error("{path}: {reason}")]
    Disk {
        /// which file or folder
        path: PathBuf,
        /// why
        reason: String,
    },
}

/// What was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// its name
    pub content: Digest,
    /// its size
    pub bytes: u64,
}

/// A folder of objects. Several processes may use it at once.
#[derive(Debug)]
pub struct Objects {
    folder: PathBuf,
    next: AtomicU64,
}

impl Objects {
    /// Opens a folder, makes it where it is not there, and removes what an interrupted process left unfinished.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, ObjectsError> {
        let folder = folder.as_ref().to_path_buf();
        let made = || -> io::Result<()> {
            fs::create_dir_all(folder.join(UNFINISHED))?;
            // all made now and put on the disk once, so that keeping an object has to care for its own folder only
            for first in 0..=u8::MAX {
                fs::create_dir_all(folder.join(format!("{first:02x}")))?;
            }
            sync_folder(&folder)?;
            folder.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync_folder)?;
            clear(&folder.join(UNFINISHED))
        };
        made().map_err(|error| disk(&folder, &error))?;
        Ok(Self { folder, next: AtomicU64::new(0) })
    }

    /// Where the content of that name is, or would be.
    pub fn path(&self, content: Digest) -> PathBuf {
        let name = content.to_string();
        let (first, rest) = name.split_at(2);
        self.folder.join(first).join(rest)
    }

    /// Keeps some bytes. Once this returns they survive a loss of power.
    ///
    /// # Errors
    /// When the disk fails, or a damaged file of that name is there.
    pub async fn put(&self, bytes: &[u8]) -> Result<Kept, ObjectsError> {
        let kept = Kept { content: Digest::of(bytes), bytes: bytes.len() as u64 };
        if self.is_there(kept).await? {
            return Ok(kept);
        }
        let mut writer = self.writer(kept.bytes).await?;
        writer.write(bytes).await?;
        writer.finish().await
    }

    /// Keeps what a reader gives, `most` bytes at most.
    ///
    /// # Errors
    /// When there is more, the reader or the disk fails, or a damaged file of that name is there; nothing is kept then.
    pub async fn put_reader(
        &self,
        reader: &mut (impl AsyncRead + Unpin + ?Sized),
        most: u64,
    ) -> Result<Kept, ObjectsError> {
        let mut writer = self.writer(most).await?;
        let mut piece = vec![0; PIECE];
        loop {
            let read = reader.read(&mut piece).await.map_err(|error| ObjectsError::Broken(error.to_string()))?;
            let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { return writer.finish().await };
            writer.write(bytes).await?;
        }
    }

    /// Begins to keep content that comes in pieces, `most` bytes at most.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn writer(&self, most: u64) -> Result<Writer<'_>, ObjectsError> {
        let folder = self.folder.join(UNFINISHED);
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("{}-{number}", std::process::id()));
            let made = blocking(&path, move |path| {
                let file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
                // tells a process that opens the folder meanwhile that this file is in use
                file.try_lock().map_err(io::Error::from)?;
                Ok(file)
            });
            match made.await {
                Ok(file) => {
                    let file = tokio::fs::File::from_std(file);
                    let path = Unfinished(Some(path));
                    return Ok(Writer { objects: self, file, path, digester: Digester::default(), bytes: 0, most });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(disk(&path, &error)),
            }
        }
    }

    /// The content of that name, checked against it. It is held in memory: for files of some megabytes.
    ///
    /// # Errors
    /// When it is not there or altered, and when the disk fails.
    pub async fn get(&self, content: Digest) -> Result<Vec<u8>, ObjectsError> {
        let path = self.path(content);
        let bytes = blocking(&path, |path| fs::read(path)).await.map_err(|error| absent(content, &path, &error))?;
        if Digest::of(&bytes) == content { Ok(bytes) } else { Err(ObjectsError::Altered(content)) }
    }

    /// The content of that name, open, and its size; not checked.
    ///
    /// # Errors
    /// When it is not there, and when the disk fails.
    pub async fn file(&self, content: Digest) -> Result<(tokio::fs::File, u64), ObjectsError> {
        let path = self.path(content);
        let opened = blocking(&path, |path| {
            let file = fs::File::open(path)?;
            let bytes = file.metadata()?.len();
            Ok((file, bytes))
        });
        let (file, bytes) = opened.await.map_err(|error| absent(content, &path, &error))?;
        Ok((tokio::fs::File::from_std(file), bytes))
    }

    /// Reads the content of that name and checks it; gives its size.
    ///
    /// # Errors
    /// When it is not there or altered, and when the disk fails.
    pub async fn verify(&self, content: Digest) -> Result<u64, ObjectsError> {
        let path = self.path(content);
        let (mut file, _) = self.file(content).await?;
        let (mut digester, mut bytes, mut piece) = (Digester::default(), 0, vec![0; PIECE]);
        loop {
            let read = file.read(&mut piece).await.map_err(|error| disk(&path, &error))?;
            let Some(read) = piece.get(..read).filter(|read| !read.is_empty()) else { break };
            digester.take(read);
            bytes += read.len() as u64;
        }
        if digester.finish() == content { Ok(bytes) } else { Err(ObjectsError::Altered(content)) }
    }

    /// Whether content is there already, and will be after a loss of power.
    async fn is_there(&self, kept: Kept) -> Result<bool, ObjectsError> {
        let path = self.path(kept.content);
        let size = blocking(&path, |path| match fs::metadata(path) {
            Ok(file) => {
                // whoever put it there may not have come to this yet
                path.parent().map_or(Ok(()), sync_folder)?;
                Ok(Some(file.len()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        });
        match size.await.map_err(|error| disk(&path, &error))? {
            Some(bytes) if bytes == kept.bytes => Ok(true),
            Some(_) => Err(ObjectsError::Altered(kept.content)),
            None => Ok(false),
        }
    }
}

/// A file that is removed unless it got its place.
#[derive(Debug)]
struct Unfinished(Option<PathBuf>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // what stays is removed at the next opening
            let _ = fs::remove_file(path);
        }
    }
}

/// Content on its way into the folder; dropped before [`Writer::finish`] it leaves nothing.
#[derive(Debug)]
pub struct Writer<'a> {
    objects: &'a Objects,
    file: tokio::fs::File,
    path: Unfinished,
    digester: Digester,
    bytes: u64,
    most: u64,
}

impl Writer<'_> {
    /// Takes the next piece.
    ///
    /// # Errors
    /// When it becomes too much, and when the disk fails.
    pub async fn write(&mut self, piece: &[u8]) -> Result<(), ObjectsError> {
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
        if self.bytes > self.most {
            return Err(ObjectsError::TooLarge { most: self.most });
        }
        self.digester.take(piece);
        self.file.write_all(piece).await.map_err(|error| disk(&self.objects.folder, &error))
    }

    /// Puts the content on the disk and in its place.
    ///
    /// # Errors
    /// When the disk fails, or a damaged file of that name is there.
    pub async fn finish(mut self) -> Result<Kept, ObjectsError> {
        let kept = Kept { content: self.digester.finish(), bytes: self.bytes };
        if self.objects.is_there(kept).await? {
            return Ok(kept);
        }
        let place = self.objects.path(kept.content);
        let failed = |error: io::Error| disk(&place, &error);
        self.file.flush().await.map_err(failed)?;
        let file = self.file.into_std().await;
        let Some(from) = self.path.0.clone() else { return Ok(kept) };
        let placed = blocking(&place, move |place| {
            file.sync_all()?;
            let mut rights = file.metadata()?.permissions();
            rights.set_readonly(true);
            file.set_permissions(rights)?;
            // two that put the same content at once put the same bytes
            fs::rename(from, place)?;
            place.parent().map_or(Ok(()), sync_folder)
        });
        placed.await.map_err(failed)?;
        self.path.0 = None;
        Ok(kept)
    }
}

fn disk(path: &Path, error: &io::Error) -> ObjectsError {
    ObjectsError::Disk { path: path.into(), reason: error.to_string() }
}

fn absent(content: Digest, path: &Path, error: &io::Error) -> ObjectsError {
    if error.kind() == io::ErrorKind::NotFound { ObjectsError::Missing(content) } else { disk(path, error) }
}

/// Runs what waits for the disk where it holds up nobody.
async fn blocking<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let path = path.to_path_buf();
    tokio::task::spawn_blocking(move || work(&path)).await.map_err(io::Error::other)?
}

/// Makes the entries of a folder lasting.
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Removes unfinished files that no living process writes.
fn clear(folder: &Path) -> io::Result<()> {
    // another process may finish or clear them meanwhile
    let unless_gone = |done: io::Result<()>| match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    };
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let cleared = fs::File::open(&path).and_then(|file| match file.try_lock() {
            Ok(()) => fs::remove_file(&path),
            Err(TryLockError::WouldBlock) => Ok(()),
            Err(TryLockError::Error(error)) => Err(error),
        });
        unless_gone(cleared)?;
    }
    Ok(())
}
