//! What a login is worth, what a request may cost: `data/service/limits.toml`.

use serde::Deserialize;

const TABLE: &str = include_str!("../../../../data/service/limits.toml");

/// All limits.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Limits {
    /// sessions
    pub session: SessionLimits,
    /// cost of a password's hash
    pub password: PasswordCost,
    /// failed logins
    pub throttle: ThrottleLimits,
    /// days by which something is due
    pub schedule: Schedule,
    /// sizes and times of requests
    pub request: RequestLimits,
    /// archives
    pub unpack: UnpackLimits,
    /// jobs
    pub worker: WorkerLimits,
}

/// How long a session lasts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SessionLimits {
    /// hours without a request
    pub idle_hours: i64,
    /// hours since the login
    pub absolute_hours: i64,
}

/// Parameters of argon2id.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PasswordCost {
    /// memory, KiB
    pub memory_kib: u32,
    /// passes over it
    pub passes: u32,
    /// lanes
    pub lanes: u32,
}

/// How failed logins slow down the next.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ThrottleLimits {
    /// failures of one login name that cost nothing
    pub free_per_login: u32,
    /// failures from one address that cost nothing
    pub free_per_address: u32,
    /// first wait, s
    pub first_seconds: u64,
    /// longest wait, s
    pub longest_seconds: u64,
    /// failures are forgotten after this long without another, h
    pub forget_hours: i64,
}

/// When something is due, where a case says nothing else.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Schedule {
    /// days from the implant to the post-implant scan
    pub imaging_after_days: i64,
}

/// What a request may cost.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RequestLimits {
    /// largest JSON body, bytes
    pub json_bytes: usize,
    /// largest document, bytes
    pub document_bytes: u64,
    /// largest file of an upload, bytes
    pub file_bytes: u64,
    /// longest time a body may take, s
    pub body_seconds: u64,
}

/// What unpacking an archive may cost.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct UnpackLimits {
    /// files in it
    pub entries: usize,
    /// bytes of all files
    pub bytes: u64,
    /// unpacked over packed
    pub ratio: u64,
    /// the ratio is judged beyond this many bytes
    pub ratio_from_bytes: u64,
}

/// How jobs are kept alive.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct WorkerLimits {
    /// a silent worker loses its job after this long, s
    pub lease_seconds: i64,
    /// signs of life, s
    pub beat_seconds: u64,
    /// times a job is begun
    pub attempts: u32,
    /// time to stop at the end of the program, s
    pub stop_seconds: u64,
}

impl Limits {
    /// The compiled-in table.
    ///
    /// # Errors
    /// When it is not as it should be; a test holds that it is.
    pub fn embedded() -> Result<Self, toml::de::Error> {
        toml::from_str(TABLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read_and_makes_sense() {
        let limits = Limits::embedded().unwrap();
        assert!(limits.session.idle_hours < limits.session.absolute_hours);
        assert!(limits.throttle.first_seconds < limits.throttle.longest_seconds);
        assert!(limits.worker.beat_seconds * 5 < limits.worker.lease_seconds as u64);
        // no weaker than what OWASP names
        assert!(limits.password.memory_kib >= 19 * 1024 && limits.password.passes >= 2);
    }
}
