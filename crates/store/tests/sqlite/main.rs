//! The behaviour suite on SQLite, and what is SQLite's own.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod care;
mod file;
mod identity;
mod kill;
mod many;
mod suite;
mod tampering;

use std::sync::Arc;

use dosewright_store::SqliteStore;
use proptest::prelude::*;
use suite::made::keys;

/// Runs functions of the suite, each on a new file, and checks the file afterwards.
macro_rules! runs {
    ($($module:ident: $($name:ident),+;)+) => {$(
        mod $module {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                let store = super::SqliteStore::open(folder.path().join("records.sqlite"), super::keys()).await.unwrap();
                super::suite::$module::$name(&store).await;
                records::audit::check(&store, None).await.unwrap();
            }
        )+}
    )+};
}

/// The same for those that do several things at once.
macro_rules! races {
    ($($name:ident),+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $name() {
            let folder = tempfile::tempdir().unwrap();
            let store = Arc::new(SqliteStore::open(folder.path().join("records.sqlite"), keys()).await.unwrap());
            suite::racing::$name(store.clone()).await;
            records::audit::check(&*store, None).await.unwrap();
        }
    )+};
}

runs! {
    records_kept: items_come_back_as_they_went_in;
    changes:
        a_stale_version_is_a_conflict,
        two_changes_of_one_item_in_one_commit_follow_each_other,
        what_must_be_unique_is,
        a_commit_whose_third_change_fails_leaves_nothing,
        what_an_item_refers_to_must_be_there,
        nobody_changes_nothing,
        what_cannot_be_kept_is_refused_in_words;
    signing:
        a_verification_is_signed_by_both_and_then_stays,
        a_signature_does_not_carry_over_to_another_result,
        who_is_inactive_does_not_sign;
    ledger:
        every_change_has_its_entry,
        words_that_came_with_files_are_in_the_item_alone,
        entries_are_found_by_case_and_subject,
        a_check_counts_what_is_there;
    register:
        what_the_register_keeps_comes_back,
        each_hospital_numbers_its_own_patients,
        records_are_listed_by_what_is_asked,
        what_may_be_there_once_is,
        seeds_move_lawfully_or_not_at_all,
        cases_are_counted_by_their_facts,
        who_belongs_to_a_hospital_lists_its_cases;
    people: a_password_is_kept_beside_the_account, sessions_are_opened_renewed_ended_and_forgotten;
    work: an_upload_gathers_files_until_it_is_a_study, a_draft_follows_its_revision;
    jobs:
        the_oldest_free_job_is_taken_first,
        a_job_without_a_sign_of_life_goes_to_another,
        a_job_is_stopped_by_a_person;
    lists:
        a_case_moves_through_its_stages,
        lists_are_ordered_filtered_and_paged,
        cases_are_found_by_any_part_of_names_and_numbers;
}

races! {
    of_two_that_change_one_version_one_wins,
    of_two_first_accounts_one_is_made,
    eight_workers_take_each_of_a_hundred_jobs_once,
    of_two_drafts_of_one_revision_one_is_kept,
    a_check_while_people_work_finds_nothing_wrong
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_sequence_leaves_a_sound_store(steps in prop::collection::vec(suite::random::step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let store = SqliteStore::open(folder.path().join("records.sqlite"), keys()).await.unwrap();
            suite::random::run(&store, &steps).await;
            // made anew, lists say the same
            let query = records::store::CaseQuery { withdrawn: true, limit: 200, ..Default::default() };
            let before = records::Store::cases(&store, &query).await.unwrap();
            store.rebuild().await.unwrap();
            prop_assert_eq!(records::Store::cases(&store, &query).await.unwrap(), before);
            Ok(())
        })?;
    }
}
