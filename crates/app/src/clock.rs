//! Time and randomness: the one place where the program asks the machine for either.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use records::Id;

/// Gives the time. A test gives its own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's.
    pub fn system() -> Self {
        Self(Arc::new(Timestamp::now))
    }

    /// Any other.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Now, to the millisecond: what is written can be read again as the same value everywhere.
    pub fn now(&self) -> Timestamp {
        let now = (self.0)();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// Now, where the machine is.
    pub fn zoned(&self) -> Zoned {
        self.now().to_zoned(TimeZone::system())
    }

    /// Today, where the machine is.
    pub fn today(&self) -> Date {
        self.zoned().date()
    }

    /// A new identifier.
    pub fn new_id<T>(&self) -> Id<T> {
        Id::new(self.now().as_millisecond().max(0) as u64, random())
    }
}

/// Bytes that nobody can guess.
///
/// # Panics
/// When the operating system has no randomness to give: going on would hand out tokens that can be guessed.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "a token that can be guessed is worse than a process that ends")]
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // writing to a string cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}
