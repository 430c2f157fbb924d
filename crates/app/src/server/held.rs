//! Tables that somebody looks at before they are brought in: for their sender alone, in files without a name, so that whatever ends the
//! program leaves none of them on the disk.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use records::{Account, Digest, Id};

/// Tables of one person.
const MOST: usize = 8;
/// How long a table is held, hours.
const HOURS: i64 = 24;

struct One {
    who: Id<Account>,
    content: Digest,
    file: Arc<File>,
    bytes: usize,
    since: Timestamp,
}

/// All of them.
#[derive(Default)]
pub struct Held(Mutex<Vec<One>>);

impl Held {
    /// Holds a table; the oldest of the same person's goes where there are too many.
    pub fn put(&self, who: Id<Account>, content: Digest, file: File, bytes: usize, now: Timestamp) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|one| one.fresh(now) && (one.who, one.content) != (who, content));
        if all.iter().filter(|one| one.who == who).count() >= MOST
            && let Some(oldest) = all.iter().position(|one| one.who == who)
        {
            all.remove(oldest);
        }
        all.push(One { who, content, file: Arc::new(file), bytes, since: now });
    }

    /// The bytes of a table that this person sent; `None` where there is none, or not any more.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn get(&self, who: Id<Account>, content: Digest, now: Timestamp) -> std::io::Result<Option<Vec<u8>>> {
        let found = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|one| one.fresh(now));
            all.iter()
                .find(|one| (one.who, one.content) == (who, content))
                .map(|one| (Arc::clone(&one.file), one.bytes))
        };
        let Some((file, bytes)) = found else { return Ok(None) };
        let mut read = vec![0; bytes];
        file.read_exact_at(&mut read, 0)?;
        Ok(Some(read))
    }
}

impl One {
    fn fresh(&self, now: Timestamp) -> bool {
        now.duration_since(self.since) < SignedDuration::from_hours(HOURS)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_table_is_its_senders_alone_for_a_day() {
        let held = Held::default();
        let (one, other) = (Id::new(1, [1; 10]), Id::new(1, [2; 10]));
        let now: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
        let content = Digest::of(b"table");
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"table").unwrap();
        held.put(one, content, file, 5, now);
        assert_eq!(held.get(one, content, now).unwrap().as_deref(), Some(b"table".as_slice()));
        assert_eq!(held.get(other, content, now).unwrap(), None);
        assert_eq!(held.get(one, content, now + SignedDuration::from_hours(25)).unwrap(), None);
        for number in 0..20_u8 {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&[number]).unwrap();
            held.put(one, Digest::of(&[number]), file, 1, now);
        }
        assert_eq!(held.get(one, Digest::of(&[11]), now).unwrap(), None);
        assert!(held.get(one, Digest::of(&[12]), now).unwrap().is_some());
    }
}
