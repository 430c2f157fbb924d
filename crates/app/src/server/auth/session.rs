//! Sessions: a random token in a cookie, its digest in the store.

use axum::http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use records::store::Session;
use records::{Account, Digest, Id};

use crate::clock::{hex, random};
use crate::server::limits::SessionLimits;

/// Name of the cookie.
pub const COOKIE: &str = "dosewright";

/// A token as the browser keeps it: 256 random bits, hexadecimal.
pub struct Token(String);

impl Token {
    /// A new one, which nobody can guess.
    pub fn drawn() -> Self {
        Self(hex(&random::<32>()))
    }

    /// Of a request's cookie.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, token) = pairs.find(|(name, _)| *name == COOKIE)?;
        (token.len() == 64).then(|| Self(token.to_owned()))
    }

    /// What the store knows of it.
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }

    /// The token that every change must bear in a header: only our own page can read it, and it is worth nothing in another session.
    pub fn csrf(&self) -> String {
        Digest::of_all([b"dosewright csrf ".as_slice(), self.0.as_bytes()]).to_string()
    }

    /// The cookie. `Secure` where the browser came by https.
    pub fn cookie(&self, secure: bool) -> Option<HeaderValue> {
        let secure = if secure { "; Secure" } else { "" };
        HeaderValue::from_str(&format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict{secure}", self.0)).ok()
    }
}

/// The cookie that ends it in the browser.
pub fn no_cookie() -> HeaderValue {
    HeaderValue::from_static("dosewright=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
}

/// Whether the browser came by https: then a proxy in front of us says so.
pub fn is_secure(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|proto| proto.as_bytes() == b"https")
}

/// A session that begins now.
pub fn begin(token: &Token, account: Id<Account>, now: Timestamp, limits: &SessionLimits) -> Session {
    let ends = now.saturating_add(SignedDuration::from_hours(limits.absolute_hours)).unwrap_or(now);
    Session { token: token.digest(), account, begun: now, seen: now, ends }
}

/// Whether a session is still worth something.
pub fn is_open(session: &Session, now: Timestamp, limits: &SessionLimits) -> bool {
    now < session.ends && now.duration_since(session.seen) < SignedDuration::from_hours(limits.idle_hours)
}

/// Whether the time of the last request should be written again: not for every request, the disk has better things to do.
pub fn is_stale(session: &Session, now: Timestamp) -> bool {
    now.duration_since(session.seen) > SignedDuration::from_secs(60)
}

/// Equal or not, in a time that does not depend on where they differ.
pub fn same(one: &str, other: &str) -> bool {
    // of digests: their lengths are equal and an early difference tells nothing of the texts
    Digest::of(one.as_bytes()) == Digest::of(other.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_out_in_a_strict_cookie_and_comes_back() {
        let token = Token::drawn();
        let cookie = token.cookie(true).unwrap();
        let text = cookie.to_str().unwrap();
        assert!(["HttpOnly", "SameSite=Strict", "Secure", "Path=/"].iter().all(|flag| text.contains(flag)), "{text}");
        assert!(!token.cookie(false).unwrap().to_str().unwrap().contains("Secure"));
        let pair = text.split(';').next().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(&format!("other=1; {pair}")).unwrap());
        let back = Token::of(&headers).unwrap();
        assert_eq!(back.digest(), token.digest());
        assert_eq!(back.csrf(), token.csrf());
        assert_ne!(Token::drawn().csrf(), token.csrf());
        assert!(!token.csrf().contains(&token.0));
    }

    #[test]
    fn sessions_end_when_idle_and_at_the_latest_after_a_day() {
        let limits = SessionLimits { idle_hours: 8, absolute_hours: 24 };
        let now = Timestamp::UNIX_EPOCH;
        let mut session = begin(&Token::drawn(), Id::new(0, [0; 10]), now, &limits);
        let after = |hours| now + SignedDuration::from_hours(hours);
        assert!(is_open(&session, after(7), &limits) && !is_open(&session, after(8), &limits));
        session.seen = after(23);
        assert!(is_open(&session, after(23), &limits) && !is_open(&session, after(24), &limits));
    }
}
