//! Failed logins slow down the next, per login name and per address.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::server::limits::ThrottleLimits;

/// Most names and addresses remembered; beyond it the oldest are forgotten.
const MOST: usize = 20_000;

/// Whose failures are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    /// a login name in its normal form
    Login(String),
    /// an address
    Address(String),
}

struct Failures {
    count: u32,
    last: Timestamp,
    free_at: Timestamp,
}

/// Remembers failed logins.
pub struct Throttle {
    limits: ThrottleLimits,
    failures: Mutex<HashMap<Who, Failures>>,
}

impl Throttle {
    /// Remembers nothing yet.
    pub fn new(limits: ThrottleLimits) -> Self {
        Self { limits, failures: Mutex::default() }
    }

    /// Seconds that any of them must wait still; none when they may try.
    pub fn wait(&self, who: &[Who], now: Timestamp) -> Option<u64> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let left = who
            .iter()
            .filter_map(|one| failures.get(one))
            .map(|one| one.free_at.duration_since(now).as_millis())
            .max()?;
        (left > 0).then(|| (left as u64).div_ceil(1000))
    }

    /// A login failed.
    pub fn failed(&self, who: &[Who], now: Timestamp) {
        let forget = SignedDuration::from_hours(self.limits.forget_hours);
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MOST {
            failures.retain(|_, one| one.free_at > now);
            if failures.len() >= MOST {
                failures.clear();
            }
        }
        for one in who {
            let entry = failures.entry(one.clone()).or_insert(Failures { count: 0, last: now, free_at: now });
            if now.duration_since(entry.last) > forget {
                entry.count = 0;
            }
            entry.count = entry.count.saturating_add(1);
            entry.last = now;
            let free = match one {
                Who::Login(_) => self.limits.free_per_login,
                Who::Address(_) => self.limits.free_per_address,
            };
            if entry.count > free {
                let doubled = 1u64.checked_shl(entry.count - free - 1).unwrap_or(u64::MAX);
                let seconds = self.limits.first_seconds.saturating_mul(doubled).min(self.limits.longest_seconds);
                entry.free_at = now.saturating_add(SignedDuration::from_secs(seconds as i64)).unwrap_or(now);
            }
        }
    }

    /// A login succeeded: its name's failures are forgotten. Those of the address stay: one known password must not pay for guesses.
    pub fn succeeded(&self, login: &str) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(&Who::Login(login.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_are_forgotten() {
        let limits = ThrottleLimits {
            free_per_login: 2,
            free_per_address: 4,
            first_seconds: 2,
            longest_seconds: 10,
            forget_hours: 1,
        };
        let throttle = Throttle::new(limits);
        let (login, address) = (Who::Login("wang".into()), Who::Address("10.0.0.1".into()));
        let now = Timestamp::UNIX_EPOCH;
        let mut waits = Vec::new();
        for _ in 0..6 {
            throttle.failed(&[login.clone(), address.clone()], now);
            waits.push(throttle.wait(std::slice::from_ref(&login), now));
        }
        assert_eq!(waits, [None, None, Some(2), Some(4), Some(8), Some(10)]);
        assert_eq!(throttle.wait(std::slice::from_ref(&address), now), Some(4));
        let later = now + SignedDuration::from_secs(9);
        assert_eq!(throttle.wait(std::slice::from_ref(&login), later), Some(1));
        throttle.succeeded("wang");
        assert_eq!(throttle.wait(std::slice::from_ref(&login), now), None);
        assert_eq!(throttle.wait(&[login.clone(), address.clone()], now), Some(4));
        let next_day = now + SignedDuration::from_hours(24);
        throttle.failed(std::slice::from_ref(&address), next_day);
        assert_eq!(throttle.wait(&[address], next_day), None);
    }
}
