//! The log: one JSON object a line on standard error.

use tracing_subscriber::fmt::MakeWriter;

/// Writes the log to `to` from now on. What others than we log is left out below warnings: a library's debug line may hold a request.
pub fn subscriber<W>(to: W) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_max_level(tracing::Level::INFO)
        .with_writer(to)
        .finish()
}
