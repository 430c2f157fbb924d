//! Objects: kept whole under their content's name, or not at all.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::Path;

use dosewright_store::{Objects, ObjectsError};
use proptest::prelude::*;
use records::Digest;

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[tokio::test]
async fn content_is_kept_once_under_its_digest() {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::open(folder.path().join("objects")).unwrap();
    let kept = objects.put(b"abc").await.unwrap();
    assert_eq!(kept.content.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let path = folder.path().join("objects/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!((objects.path(kept.content), kept.bytes), (path.clone(), 3));
    let first = path.metadata().unwrap();
    assert!(first.permissions().readonly());
    assert_eq!(objects.put(b"abc").await.unwrap(), kept);
    assert_eq!(objects.put_reader(&mut b"abc".as_slice(), 3).await.unwrap(), kept);
    assert_eq!(path.metadata().unwrap().modified().unwrap(), first.modified().unwrap(), "not written again");
    assert_eq!(files(folder.path()), [path]);
    assert_eq!(objects.get(kept.content).await.unwrap(), b"abc");
    assert_eq!(objects.verify(kept.content).await.unwrap(), 3);
    assert_eq!(objects.file(kept.content).await.unwrap().1, 3);
    let empty = objects.put(b"").await.unwrap();
    assert_eq!((empty.bytes, objects.get(empty.content).await.unwrap()), (0, vec![]));
    let again = Objects::open(folder.path().join("objects")).unwrap();
    assert_eq!(again.get(kept.content).await.unwrap(), b"abc");
}

#[tokio::test]
async fn too_much_or_half_a_file_leaves_nothing() {
    struct Torn(u32);
    impl tokio::io::AsyncRead for Torn {
        fn poll_read(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            into: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            self.0 += 1;
            if self.0 > 3 {
                return std::task::Poll::Ready(Err(std::io::Error::other("the connection was lost")));
            }
            into.put_slice(&[7; 100]);
            std::task::Poll::Ready(Ok(()))
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::open(folder.path()).unwrap();
    let large = vec![1; 600_000];
    assert_eq!(objects.put_reader(&mut large.as_slice(), 599_999).await, Err(ObjectsError::TooLarge { most: 599_999 }));
    let torn = objects.put_reader(&mut Torn(0), 1000).await.unwrap_err();
    assert!(torn.to_string().contains("the connection was lost") && torn.to_string().contains("send it again"));
    let mut writer = objects.writer(10).await.unwrap();
    writer.write(b"half").await.unwrap();
    assert_eq!(files(folder.path()).len(), 1);
    drop(writer);
    assert!(files(folder.path()).is_empty());
    assert_eq!(objects.put_reader(&mut large.as_slice(), 600_000).await.unwrap().content, Digest::of(&large));
}

#[tokio::test]
async fn damage_is_found_and_never_covered_up() {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::open(folder.path()).unwrap();
    let kept = objects.put(b"the original").await.unwrap();
    let path = objects.path(kept.content);
    let damage = |bytes: &[u8]| {
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, bytes).unwrap();
    };
    damage(b"the 0riginal");
    assert_eq!(objects.get(kept.content).await, Err(ObjectsError::Altered(kept.content)));
    assert_eq!(objects.verify(kept.content).await, Err(ObjectsError::Altered(kept.content)));
    damage(b"the orig");
    assert_eq!(objects.put(b"the original").await, Err(ObjectsError::Altered(kept.content)));
    let mut stream = b"the original".as_slice();
    assert_eq!(objects.put_reader(&mut stream, 100).await, Err(ObjectsError::Altered(kept.content)));
    assert_eq!(std::fs::read(&path).unwrap(), b"the orig");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(objects.get(kept.content).await, Err(ObjectsError::Missing(kept.content)));
    assert_eq!(objects.verify(kept.content).await, Err(ObjectsError::Missing(kept.content)));
    assert!(matches!(objects.file(kept.content).await, Err(ObjectsError::Missing(_))));
}

#[tokio::test]
async fn what_a_dead_process_left_is_cleared_and_what_a_living_one_writes_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::open(folder.path()).unwrap();
    std::fs::write(folder.path().join("unfinished/99-1"), "half").unwrap();
    let mut writer = objects.writer(10).await.unwrap();
    writer.write(b"living").await.unwrap();
    let other = Objects::open(folder.path()).unwrap();
    assert_eq!(files(folder.path()).len(), 1);
    // both go on, also under each other's names
    other.put(b"other").await.unwrap();
    let kept = writer.finish().await.unwrap();
    assert_eq!(other.get(kept.content).await.unwrap(), b"living");
    assert!(files(&folder.path().join("unfinished")).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_put_the_same_and_others_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let objects = std::sync::Arc::new(Objects::open(folder.path()).unwrap());
    let puts: Vec<_> = (0..64_u8)
        .map(|number| {
            let objects = objects.clone();
            tokio::spawn(async move { objects.put(&vec![number % 4; 100_000]).await.unwrap().content })
        })
        .collect();
    for (number, put) in puts.into_iter().enumerate() {
        let content = put.await.unwrap();
        assert_eq!(content, Digest::of(&vec![number as u8 % 4; 100_000]));
        assert_eq!(objects.verify(content).await.unwrap(), 100_000);
    }
    assert_eq!(files(folder.path()).len(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn pieces_do_not_matter(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..5000), 0..20)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let objects = Objects::open(folder.path()).unwrap();
            let mut writer = objects.writer(u64::MAX).await.unwrap();
            for piece in &pieces {
                writer.write(piece).await.unwrap();
            }
            let kept = writer.finish().await.unwrap();
            prop_assert_eq!(objects.put(&pieces.concat()).await.unwrap(), kept);
            prop_assert_eq!(objects.get(kept.content).await.unwrap(), pieces.concat());
            Ok(())
        })?;
    }
}
