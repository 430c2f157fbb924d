//! What happened, and what must hold: cases, studies, verifications, people and signatures, the ledger of every change, and the
//! rules over them. No SQL, no HTTP, no clock: time and randomness are parameters, and [`Store`] is where an adapter begins.
//!
//! Every lasting change goes through one door, [`Store::commit`]: a list of [`Change`]s with who, when and why. The adapter checks
//! versions, writes the items and appends one [`ledger::Entry`] for each, in one transaction or not at all.

pub mod account;
pub mod audit;
pub mod case;
pub mod change;
pub mod consequence;
mod contents;
pub mod digest;
pub mod document;
pub mod facts;
pub mod figure;
pub mod follow_up;
pub mod forms;
pub mod hospital;
pub mod id;
pub mod indication;
pub mod indicators;
pub mod job;
pub mod ledger;
pub mod madeup;
pub mod norms;
pub mod patient;
pub mod permission;
pub mod person;
pub mod recist;
pub mod record;
pub mod rules;
pub mod sentence;
pub mod signature;
pub mod sources;
pub mod stage;
pub mod store;
pub mod study;
pub mod survival;
pub mod told;
pub mod upload;
pub mod verification;

pub use account::{Account, Role};
pub use case::{Case, Technique};
pub use change::{Change, Commit, Item, Kind};
pub use digest::Digest;
pub use document::Document;
pub use facts::{Fact, FactSet, Facts};
pub use figure::Figure;
pub use forms::{Form, Forms};
pub use hospital::Hospital;
pub use id::Id;
pub use job::Job;
pub use patient::Patient;
pub use permission::Action;
pub use person::Person;
pub use record::{About, Record};
pub use signature::Signature;
pub use sources::{Lot, Movement};
pub use stage::Stage;
pub use store::{Store, StoreError};
pub use study::StoredStudy;
pub use upload::Upload;
pub use verification::Verification;
