//! Keys that seal identity. They live in a file of their own, outside the database and its backups: who has one without the
//! other learns no name.

use std::fmt;

/// A key with the name that sealed rows call it by.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    name: String,
    bytes: [u8; 32],
}

impl Key {
    /// From a name and 32 random bytes: this crate has no randomness of its own.
    ///
    /// # Errors
    /// When the name is not 1 to 40 letters, digits, `-` or `_`.
    pub fn new(name: &str, bytes: [u8; 32]) -> Result<Self, KeysError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > 40 || !name.chars().all(fits) {
            return Err(KeysError::Name(name.chars().take(60).collect()));
        }
        Ok(Self { name: name.to_owned(), bytes })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

// a key never gets into a log
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.name)
    }
}

/// The key that seals, and older ones that still open what they sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    current: Key,
    older: Vec<Key>,
}

/// Why a file of keys cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// a name that cannot be one
    #[error("'{0}' cannot be a key's name: take up to 40 letters, digits, - or _")]
    Name(String),
    /// a line that is none
    #[error("line {0} of the key file is no key: each line is a name, a space and 64 hexadecimal digits")]
    Line(usize),
    /// two keys of one name
    #[error("the key file has two keys named '{0}'")]
    Twice(String),
    /// nothing in it
    #[error("the key file holds no key")]
    Empty,
}

impl Keys {
    /// One key.
    pub fn new(current: Key) -> Self {
        Self { current, older: Vec::new() }
    }

    /// The key that seals.
    pub fn current(&self) -> &Key {
        &self.current
    }

    /// A key by name.
    pub(crate) fn named(&self, name: &str) -> Option<&Key> {
        [&self.current].into_iter().chain(&self.older).find(|key| key.name == name)
    }

    /// Whether there are keys that only open: a change of keys is not finished then, or was not.
    pub fn has_older(&self) -> bool {
        !self.older.is_empty()
    }

    /// Names of all keys, the one that seals first.
    pub fn names(&self) -> Vec<&str> {
        [&self.current].into_iter().chain(&self.older).map(Key::name).collect()
    }

    /// The same with a new key that seals from now on.
    ///
    /// # Errors
    /// When a key of that name is there.
    pub fn with(&self, new: Key) -> Result<Self, KeysError> {
        if self.named(&new.name).is_some() {
            return Err(KeysError::Twice(new.name));
        }
        Ok(Self { current: new, older: [std::slice::from_ref(&self.current), &self.older].concat() })
    }

    /// The same without the older keys: for when nothing is sealed by them any more.
    #[must_use]
    pub fn only_current(&self) -> Self {
        Self::new(self.current.clone())
    }

    /// As the key file holds them: one a line, the current one first, `#` begins a remark.
    pub fn to_text(&self) -> String {
        let line = |key: &Key| format!("{} {}\n", key.name, hex(&key.bytes));
        let head = "# Keys that seal the patients' identity. The first seals, the others still open.\n\
            # Keep a copy apart from the backups of the database: without it no name can be read again.\n";
        [head.to_owned()].into_iter().chain([&self.current].into_iter().chain(&self.older).map(line)).collect()
    }

    /// From the text of a key file.
    ///
    /// # Errors
    /// When it holds no key, something else, or two of one name.
    pub fn parse(text: &str) -> Result<Self, KeysError> {
        let mut keys: Vec<Key> = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, digits) = line.split_once(' ').ok_or(KeysError::Line(at + 1))?;
            let key = Key::new(name, bytes(digits.trim()).ok_or(KeysError::Line(at + 1))?)?;
            if keys.iter().any(|other| other.name == key.name) {
                return Err(KeysError::Twice(key.name));
            }
            keys.push(key);
        }
        let mut keys = keys.into_iter();
        let current = keys.next().ok_or(KeysError::Empty)?;
        Ok(Self { current, older: keys.collect() })
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // writing to a string cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(digits: &str) -> Option<[u8; 32]> {
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_their_file_and_do_not_show() {
        let keys = Keys::new(Key::new("k1", [7; 32]).unwrap()).with(Key::new("k2", [255; 32]).unwrap()).unwrap();
        assert_eq!(Keys::parse(&keys.to_text()), Ok(keys.clone()));
        assert_eq!(keys.current().name(), "k2");
        assert!(!format!("{keys:?}").contains("ff"));
        assert_eq!(keys.with(Key::new("k1", [0; 32]).unwrap()), Err(KeysError::Twice("k1".into())));
        assert_eq!(keys.only_current().named("k1"), None);
    }

    #[test]
    fn what_is_no_key_file_is_refused_by_line() {
        assert_eq!(Keys::parse("# nothing\n\n"), Err(KeysError::Empty));
        assert_eq!(Keys::parse("k1 00"), Err(KeysError::Line(1)));
        assert_eq!(
            Keys::parse(&format!("k1 {}\nk1 {}", "0".repeat(64), "1".repeat(64))),
            Err(KeysError::Twice("k1".into()))
        );
        assert_eq!(Keys::parse(&format!("k1 {}", "é".repeat(32))), Err(KeysError::Line(1)));
        assert!(matches!(Keys::parse(&format!("k/1 {}", "0".repeat(64))), Err(KeysError::Name(_))));
    }
}
