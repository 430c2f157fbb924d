//! The behaviour suite on SQLite.

mod suite;

use dosewright_store::SqliteStore;

/// Runs functions of the suite, each on a new file.
macro_rules! runs {
    ($($module:ident: $($name:ident),+ $(,)?;)+) => {$(
        mod $module {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                let store = super::SqliteStore::open(folder.path().join("records.sqlite")).await.unwrap();
                super::suite::$module::$name(&store).await;
                records::audit::check(&store, None).await.unwrap();
            }
        )+}
    )+};
}

runs! {
    records_kept: items_come_back_as_they_went_in;
}
