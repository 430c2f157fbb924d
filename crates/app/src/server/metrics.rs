//! `/metrics`: Prometheus text. Routes as we wrote them, no path and no person.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the histogram, s.
const BOUNDS: [f64; 7] = [0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0];

/// What the program counts.
#[derive(Default)]
pub struct Metrics(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    requests: BTreeMap<(String, String, u16), u64>,
    times: BTreeMap<String, ([u64; BOUNDS.len()], u64, f64)>,
    jobs: BTreeMap<(&'static str, &'static str), u64>,
}

impl Metrics {
    /// A request was answered.
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.requests.entry((method.to_owned(), route.to_owned(), status)).or_default() += 1;
        let (buckets, n, sum) = counts.times.entry(route.to_owned()).or_default();
        let seconds = took.as_secs_f64();
        for (bucket, bound) in buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(seconds <= bound);
        }
        *n += 1;
        *sum += seconds;
    }

    /// A job came to an end.
    pub fn job(&self, task: &'static str, end: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.jobs.entry((task, end)).or_default() += 1;
    }

    /// Everything, as Prometheus reads it.
    pub fn text(&self, open_jobs: usize) -> String {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        let version = env!("CARGO_PKG_VERSION");
        // writing to a string cannot fail
        let _ = writeln!(text, "# TYPE dosewright_info gauge\ndosewright_info{{version=\"{version}\"}} 1");
        let _ = writeln!(text, "# TYPE dosewright_requests_total counter");
        for ((method, route, status), n) in &counts.requests {
            let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
            let _ = writeln!(text, "dosewright_requests_total{{{labels}}} {n}");
        }
        let _ = writeln!(text, "# TYPE dosewright_request_seconds histogram");
        for (route, (buckets, n, sum)) in &counts.times {
            for (bucket, bound) in buckets.iter().zip(BOUNDS) {
                let _ =
                    writeln!(text, "dosewright_request_seconds_bucket{{route=\"{route}\",le=\"{bound}\"}} {bucket}");
            }
            let _ = writeln!(text, "dosewright_request_seconds_bucket{{route=\"{route}\",le=\"+Inf\"}} {n}");
            let _ = writeln!(text, "dosewright_request_seconds_sum{{route=\"{route}\"}} {sum}");
            let _ = writeln!(text, "dosewright_request_seconds_count{{route=\"{route}\"}} {n}");
        }
        let _ = writeln!(text, "# TYPE dosewright_jobs_total counter");
        for ((task, end), n) in &counts.jobs {
            let _ = writeln!(text, "dosewright_jobs_total{{task=\"{task}\",end=\"{end}\"}} {n}");
        }
        let _ = writeln!(text, "# TYPE dosewright_jobs_open gauge\ndosewright_jobs_open {open_jobs}");
        text
    }
}
