//! What can be changed for good, and the stamp every change carries.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::record::About;
use crate::told::told;
use crate::verification::Draft;
use crate::{
    Account, Case, Digest, Document, Figure, Hospital, Id, Job, Lot, Movement, Patient, Person, Record, Signature,
    StoredStudy, Upload, Verification,
};

/// What kind of thing an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// [`Account`]
    Account,
    /// [`Patient`]
    Patient,
    /// [`Case`]
    Case,
    /// [`StoredStudy`]
    Study,
    /// [`Document`]
    Document,
    /// [`Verification`]
    Verification,
    /// [`Signature`]
    Signature,
    /// [`Hospital`]
    Hospital,
    /// [`Person`]
    Person,
    /// [`Record`]
    Record,
    /// [`Lot`]
    Lot,
    /// [`Movement`]
    Movement,
    /// [`Figure`]
    Figure,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Account,
        Self::Patient,
        Self::Case,
        Self::Study,
        Self::Document,
        Self::Verification,
        Self::Signature,
        Self::Hospital,
        Self::Person,
        Self::Record,
        Self::Lot,
        Self::Movement,
        Self::Figure,
    ];

    /// Its name in the ledger and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Patient => "patient",
            Self::Case => "case",
            Self::Study => "study",
            Self::Document => "document",
            Self::Verification => "verification",
            Self::Signature => "signature",
            Self::Hospital => "hospital",
            Self::Person => "person",
            Self::Record => "record",
            Self::Lot => "lot",
            Self::Movement => "movement",
            Self::Figure => "figure",
        }
    }
}

/// Something that is kept for good, with its whole content.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "few at a time, and moved once")]
pub enum Item {
    /// who uses the program
    Account(Account),
    /// who was treated
    Patient(Patient),
    /// an implant
    Case(Case),
    /// DICOM received
    Study(StoredStudy),
    /// a paper
    Document(Document),
    /// a dose verification
    Verification(Verification),
    /// a signature
    Signature(Signature),
    /// a hospital
    Hospital(Hospital),
    /// a member of staff
    Person(Person),
    /// a filled-in form
    Record(Record),
    /// a lot of seeds
    Lot(Lot),
    /// a line of the ledger of seeds
    Movement(Movement),
    /// indicators as they were reported
    Figure(Figure),
}

/// The same expression for the content of every kind of item.
macro_rules! each {
    ($item:expr, $name:ident => $what:expr) => {
        match $item {
            Item::Account($name) => $what,
            Item::Patient($name) => $what,
            Item::Case($name) => $what,
            Item::Study($name) => $what,
            Item::Document($name) => $what,
            Item::Verification($name) => $what,
            Item::Signature($name) => $what,
            Item::Hospital($name) => $what,
            Item::Person($name) => $what,
            Item::Record($name) => $what,
            Item::Lot($name) => $what,
            Item::Movement($name) => $what,
            Item::Figure($name) => $what,
        }
    };
}

impl Item {
    /// What it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Account(_) => Kind::Account,
            Self::Patient(_) => Kind::Patient,
            Self::Case(_) => Kind::Case,
            Self::Study(_) => Kind::Study,
            Self::Document(_) => Kind::Document,
            Self::Verification(_) => Kind::Verification,
            Self::Signature(_) => Kind::Signature,
            Self::Hospital(_) => Kind::Hospital,
            Self::Person(_) => Kind::Person,
            Self::Record(_) => Kind::Record,
            Self::Lot(_) => Kind::Lot,
            Self::Movement(_) => Kind::Movement,
            Self::Figure(_) => Kind::Figure,
        }
    }

    /// Its identifier, as text.
    pub fn id(&self) -> String {
        each!(self, item => item.id.to_string())
    }

    /// How many times it was written.
    pub fn version(&self) -> u32 {
        each!(self, item => item.version)
    }

    /// The case it belongs to, where the item itself says so (a signature's case is its verification's).
    pub fn case(&self) -> Option<Id<Case>> {
        match self {
            Self::Case(item) => Some(item.id),
            Self::Study(item) => Some(item.case),
            Self::Document(item) => Some(item.case),
            Self::Verification(item) => Some(item.case),
            Self::Record(Record { about: About::Case(case), .. }) => Some(*case),
            Self::Movement(item) => item.case(),
            _ => None,
        }
    }

    /// Its content as canonical JSON: what an adapter stores as the item's body.
    pub fn body(&self) -> String {
        canonical(&self.value())
    }

    /// The digest that the ledger keeps of this content: of [`Item::body`], or the seal of an identity.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Patient(patient) => patient.seal(),
            other => Digest::of(other.body().as_bytes()),
        }
    }

    pub(crate) fn value(&self) -> Value {
        each!(self, item => value(item))
    }

    /// An item from its [`Item::body`].
    ///
    /// # Errors
    /// The reason, when the text is no item of that kind.
    pub fn parse(kind: Kind, body: &str) -> Result<Self, serde_json::Error> {
        Ok(match kind {
            Kind::Account => Self::Account(serde_json::from_str(body)?),
            Kind::Patient => Self::Patient(serde_json::from_str(body)?),
            Kind::Case => Self::Case(serde_json::from_str(body)?),
            Kind::Study => Self::Study(serde_json::from_str(body)?),
            Kind::Document => Self::Document(serde_json::from_str(body)?),
            Kind::Verification => Self::Verification(serde_json::from_str(body)?),
            Kind::Signature => Self::Signature(serde_json::from_str(body)?),
            Kind::Hospital => Self::Hospital(serde_json::from_str(body)?),
            Kind::Person => Self::Person(serde_json::from_str(body)?),
            Kind::Record => Self::Record(serde_json::from_str(body)?),
            Kind::Lot => Self::Lot(serde_json::from_str(body)?),
            Kind::Movement => Self::Movement(serde_json::from_str(body)?),
            Kind::Figure => Self::Figure(serde_json::from_str(body)?),
        })
    }

    /// The digest of a kept body, as [`Item::digest`] gives it of the item; `None` when an identity cannot be read.
    pub fn digest_of_body(kind: Kind, body: &str) -> Option<Digest> {
        match kind {
            Kind::Patient => serde_json::from_str::<Patient>(body).ok().map(|patient| patient.seal()),
            _ => Some(Digest::of(body.as_bytes())),
        }
    }

    /// The items that must be there before this one can be.
    pub fn refers_to(&self) -> Vec<(Kind, String)> {
        let account = |id: &Id<Account>| (Kind::Account, id.to_string());
        let case = |id: &Id<Case>| (Kind::Case, id.to_string());
        let hospital = |id: &Id<Hospital>| (Kind::Hospital, id.to_string());
        match self {
            Self::Account(item) => item.hospitals.iter().map(hospital).collect(),
            Self::Patient(_) | Self::Hospital(_) => Vec::new(),
            Self::Case(item) => [(Kind::Patient, item.patient.to_string())]
                .into_iter()
                .chain(item.physician.iter().chain(&item.physicist).map(account))
                .chain(item.hospital.iter().map(hospital))
                .collect(),
            Self::Person(item) => {
                [hospital(&item.hospital)].into_iter().chain(item.account.iter().map(account)).collect()
            }
            Self::Record(item) => vec![(item.about.kind(), item.about.id()), account(&item.created_by)],
            Self::Lot(item) => vec![hospital(&item.hospital)],
            Self::Movement(item) => [(Kind::Lot, item.lot.to_string()), account(&item.by)]
                .into_iter()
                .chain(item.case().iter().map(case))
                .chain(item.evidence.iter().map(|id| (Kind::Record, id.to_string())))
                .collect(),
            Self::Figure(item) => item.hospitals.iter().map(hospital).chain([account(&item.by)]).collect(),
            Self::Study(item) => vec![case(&item.case), account(&item.received_by)],
            Self::Document(item) => vec![case(&item.case), account(&item.added_by)],
            Self::Verification(item) => {
                let follows = item.follows.iter().map(|(id, _)| (Kind::Verification, id.to_string()));
                let first = [case(&item.case), (Kind::Study, item.study.to_string()), account(&item.created_by)];
                first.into_iter().chain(follows).collect()
            }
            Self::Signature(item) => {
                vec![(Kind::Verification, item.verification.to_string()), account(&item.signer)]
            }
        }
    }
}

/// An item or a part of one as JSON.
pub(crate) fn value(item: &impl Serialize) -> Value {
    // plain data with string keys: this cannot fail
    serde_json::to_value(item).unwrap_or(Value::Null)
}

/// JSON with the keys of every object in order, whatever map the JSON library was built with.
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            let fields: Vec<String> = keys
                .into_iter()
                .filter_map(|key| map.get(key).map(|inner| (key, inner)))
                .map(|(key, inner)| format!("{}:{}", Value::String(key.clone()), canonical(inner)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}

/// One lasting change.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "few at a time, and moved once")]
pub enum Change {
    /// a new item, version 1
    Create(Item),
    /// another content of an item; the version goes up by one
    Replace {
        /// as it was read: refused with [`crate::StoreError::Conflict`] if somebody changed it since
        before: Item,
        /// as it shall be
        after: Item,
    },
    /// a new password of an account; the ledger says that, not what
    SetPassword {
        /// whose
        account: Id<Account>,
        /// argon2id, PHC string
        hash: String,
    },
    /// something that happened and changed no item, such as handing out a report
    Event {
        /// what it was about
        kind: Kind,
        /// which one
        subject: String,
        /// of which case
        case: Option<Id<Case>>,
        /// what happened, a name for machines such as `fetched`
        what: String,
        /// more about it; no personal data
        detail: Value,
    },
}

/// What the ledger says of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// `case.create`, `case.replace`, `account.password`, `verification.fetched`…
    pub action: String,
    /// what was changed
    pub kind: Kind,
    /// which one
    pub subject: String,
    /// of which case
    pub case: Option<Id<Case>>,
    /// the fields that changed, as they were
    pub before: Value,
    /// the fields that changed, as they are
    pub after: Value,
    /// digest of the item's whole content afterwards
    pub digest: Option<Digest>,
}

impl Change {
    /// What the ledger says of it.
    pub fn told(&self) -> Told {
        match self {
            Self::Create(item) => Told {
                action: format!("{}.create", item.kind().name()),
                kind: item.kind(),
                subject: item.id(),
                case: item.case(),
                before: Value::Null,
                after: told(item),
                digest: Some(item.digest()),
            },
            Self::Replace { before, after } => {
                let (old, new) = difference(&told(before), &told(after));
                Told {
                    action: format!("{}.replace", after.kind().name()),
                    kind: after.kind(),
                    subject: after.id(),
                    case: after.case(),
                    before: old,
                    after: new,
                    digest: Some(after.digest()),
                }
            }
            Self::SetPassword { account, .. } => Told {
                action: "account.password".to_owned(),
                kind: Kind::Account,
                subject: account.to_string(),
                case: None,
                before: Value::Null,
                after: Value::Null,
                digest: None,
            },
            Self::Event { kind, subject, case, what, detail } => Told {
                action: format!("{}.{what}", kind.name()),
                kind: *kind,
                subject: subject.clone(),
                case: *case,
                before: Value::Null,
                after: detail.clone(),
                digest: None,
            },
        }
    }
}

/// The top-level fields in which two objects differ.
pub fn difference(before: &Value, after: &Value) -> (Value, Value) {
    let (Value::Object(old), Value::Object(new)) = (before, after) else { return (before.clone(), after.clone()) };
    let differing = |from: &Map<String, Value>, to: &Map<String, Value>| {
        let fields = from.iter().filter(|(key, inner)| to.get(*key) != Some(inner));
        Value::Object(fields.map(|(key, inner)| (key.clone(), inner.clone())).collect())
    };
    (differing(old, new), differing(new, old))
}

/// Work in progress that is written together with lasting changes, or alone; it is not in the ledger.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// a job, new or as it stands now
    Job(Box<Job>),
    /// an upload, new or as it stands now (its files are written one by one, see [`crate::Store::receive`])
    Upload(Upload),
    /// the draft of a verification, whatever revision is there
    Draft(Id<Verification>, Draft),
}

/// Changes that happen together or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// who; `None` only when the first account is made, and for events that no person caused
    pub who: Option<Id<Account>>,
    /// when
    pub at: Timestamp,
    /// the reason in a person's words; may be empty where none is asked
    pub why: String,
    /// what changes for good; may be empty
    pub changes: Vec<Change>,
    /// what is in progress
    pub work: Vec<Work>,
}
