//! Archives: unpacked file by file into the objects, within bounds.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use records::study::StoredFile;
use store::{Objects, ObjectsError};
use tokio::runtime::Handle;
use zip::ZipArchive;

use super::place::safe_path;
use crate::failure::Failure;
use crate::server::limits::UnpackLimits;
use crate::watch::Watch;

/// Bytes read at a time.
const PIECE: usize = 256 * 1024;

/// Whether a file is a ZIP archive, by its content.
pub fn is_archive(path: &Path) -> bool {
    let mut magic = [0; 4];
    File::open(path).is_ok_and(|mut file| file.read_exact(&mut magic).is_ok()) && magic == *b"PK\x03\x04"
}

/// Unpacks an archive; its files come under the archive's own name without the ending. Archives within it stay as they are.
///
/// # Errors
/// When it is damaged, locked by a password, or unpacks to more than is allowed: a few bytes can be made to fill any disk.
pub fn unpack(
    archive: &StoredFile,
    objects: &Objects,
    limits: &UnpackLimits,
    taken: &mut HashSet<String>,
    watch: &dyn Watch,
) -> Result<Vec<StoredFile>, Failure> {
    let name = &archive.path;
    let bad = |why: &dyn std::fmt::Display| {
        Failure::input(format!(
            "the archive '{name}' cannot be unpacked: {why}; pack it again, or send the folder itself"
        ))
    };
    let file = File::open(objects.path(archive.content))
        .map_err(|error| Failure::failed(format!("'{name}' cannot be read: {error}")))?;
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|error| bad(&error))?;
    if zip.len() > limits.entries {
        return Err(bad(&format!("it holds {} files, more than {}", zip.len(), limits.entries)));
    }
    let handle = Handle::current();
    let folder = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let (mut files, mut unpacked, count) = (Vec::new(), 0_u64, zip.len());
    for at in 0..count {
        if watch.stopped() {
            return Err(Failure::cancelled());
        }
        watch.advance(at, count);
        let mut entry = zip.by_index(at).map_err(|error| bad(&error))?;
        if entry.is_dir() || entry.is_symlink() {
            continue;
        }
        let inside = entry_name(entry.name_raw());
        let system =
            inside.split(['/', '\\']).any(|part| part == "__MACOSX" || part == ".DS_Store" || part == "Thumbs.db");
        let Some(path) = (!system).then(|| safe_path(&format!("{folder}/{inside}"), taken)).flatten() else { continue };
        let left = limits.bytes.saturating_sub(unpacked);
        let kept = handle.block_on(async {
            let mut writer = objects.writer(left).await?;
            let mut piece = vec![0; PIECE];
            let mut size = 0;
            loop {
                let read = entry.read(&mut piece).map_err(|error| ObjectsError::Broken(error.to_string()))?;
                let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else {
                    return writer.finish().await;
                };
                size += bytes.len() as u64;
                let total = unpacked + size;
                if total > limits.ratio_from_bytes && total / archive.bytes.max(1) > limits.ratio {
                    return Err(ObjectsError::TooLarge { most: archive.bytes.saturating_mul(limits.ratio) });
                }
                writer.write(bytes).await?;
            }
        });
        let kept = kept.map_err(|error| match error {
            ObjectsError::TooLarge { most } => {
                bad(&format!("unpacked it is larger than {most} bytes, which no export of images is"))
            }
            ObjectsError::Broken(why) => bad(&format!("'{inside}' is damaged ({why})")),
            other => Failure::failed(other.to_string()),
        })?;
        unpacked += kept.bytes;
        files.push(StoredFile { path, content: kept.content, bytes: kept.bytes });
    }
    Ok(files)
}

/// The name of a file in an archive: UTF-8 where it is that, else as Chinese Windows writes it.
fn entry_name(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => encoding_rs::GB18030.decode_without_bom_handling(raw).0.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::worker::watch::JobWatch;

    fn limits() -> UnpackLimits {
        UnpackLimits { entries: 10, bytes: 1 << 20, ratio: 50, ratio_from_bytes: 1 << 16 }
    }

    fn packed(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    async fn unpacked(bytes: Vec<u8>) -> Result<Vec<StoredFile>, Failure> {
        let home = tempfile::tempdir().unwrap();
        let objects = Objects::open(home.path()).unwrap();
        let kept = objects.put(&bytes).await.unwrap();
        let archive = StoredFile { path: "导出.zip".into(), content: kept.content, bytes: kept.bytes };
        tokio::task::spawn_blocking(move || {
            assert!(is_archive(&objects.path(archive.content)));
            let _home = home;
            unpack(&archive, &objects, &limits(), &mut HashSet::new(), &JobWatch::new())
        })
        .await
        .unwrap()
    }

    #[tokio::test]
    async fn files_keep_their_content_and_cannot_leave_their_folder() {
        let files =
            unpacked(packed(&[("CT/1.dcm", b"one"), ("../../up.dcm", b"two"), ("__MACOSX/x", b"")])).await.unwrap();
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["导出/CT/1.dcm", "导出/up.dcm"]);
        assert_eq!(files[1].content, records::Digest::of(b"two"));
    }

    #[tokio::test]
    async fn bombs_and_damage_are_refused_with_the_reason() {
        let zeros = vec![0; 512 * 1024];
        let refused = unpacked(packed(&[("bomb", &zeros)])).await.unwrap_err();
        assert!(refused.message.contains("larger than"), "{refused}");
        let random: Vec<u8> = (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let refused = unpacked(packed(&[("a", &random), ("b", &random)])).await.unwrap_err();
        assert!(refused.message.contains("larger than"), "{refused}");
        let many: Vec<String> = (0..11).map(|n| n.to_string()).collect();
        let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
        assert!(unpacked(packed(&many)).await.unwrap_err().message.contains("11 files"));
        let mut cut = packed(&[("a", &random)]);
        cut.truncate(1000);
        assert!(unpacked(cut).await.unwrap_err().message.contains("cannot be unpacked"));
    }

    #[test]
    fn names_of_chinese_windows_are_read() {
        assert_eq!(entry_name("影像/1.dcm".as_bytes()), "影像/1.dcm");
        assert_eq!(entry_name(&encoding_rs::GBK.encode("影像/1.dcm").0), "影像/1.dcm");
    }
}
