//! `dosewright export`: what leaves the hospital, as files.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use exchange::Format;
use exchange::fhir::{Identity, Purpose};
use records::store::{CaseOrder, CaseQuery};
use records::{Account, Action, Change, Commit, Hospital, Id, Kind, Store};
use serde_json::{Value, json};
use store::Objects;

use super::norms::hospital;
use super::serve::forms;
use super::{Answer, ExportVerb, FhirArgs, FormatArg, OutArgs, ProvinceArgs, StudyArgs, TablesArgs};
use crate::care::folder::{OBJECTS, open_there, wait};
use crate::clock::Clock;
use crate::failure::{Exit, Failure, unusable};
use crate::keys;
use crate::register::province::{self, Hands, Ready};
use crate::register::trouble::Trouble;
use crate::register::{fhir, study, tables};

/// Exports.
pub fn run(verb: &ExportVerb) -> Result<Answer, Failure> {
    match verb {
        ExportVerb::Tables(args) => wait(all_tables(args)),
        ExportVerb::Study(args) => wait(for_study(args)),
        ExportVerb::Fhir(args) => wait(bundle(args)),
        ExportVerb::Province(args) => wait(package(args)),
    }
}

fn format(format: FormatArg, excel: bool) -> Format {
    match format {
        FormatArg::Csv => Format::Csv { bom: excel },
        FormatArg::Xlsx => Format::Xlsx,
        FormatArg::Parquet => Format::Parquet,
    }
}

/// A file that has its name only once it is whole.
struct Out<'a> {
    path: &'a Path,
    file: tempfile::NamedTempFile,
}

impl<'a> Out<'a> {
    fn new(path: &'a Path) -> Result<Self, Failure> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::NamedTempFile::new_in(parent)
            .map_err(|error| Failure::failed(format!("cannot write {}: {error}", path.display())))?;
        Ok(Self { path, file })
    }

    fn open(&self) -> Result<BufWriter<File>, Failure> {
        Ok(BufWriter::new(self.file.reopen().map_err(|error| Failure::failed(error.to_string()))?))
    }

    /// Gives it its name, and tells its size.
    fn keep(self, mut to: BufWriter<File>) -> Result<u64, Failure> {
        let failed = |error: std::io::Error| Failure::failed(format!("cannot write {}: {error}", self.path.display()));
        to.flush().and_then(|()| self.file.as_file().sync_all()).map_err(failed)?;
        let bytes = self.file.as_file().metadata().map_err(failed)?.len();
        self.file.persist(self.path).map_err(|error| failed(error.error))?;
        Ok(bytes)
    }
}

/// The hospital of a code, or all: first the filter (none named: all), then those that are told of it.
async fn of(store: &dyn Store, args: &OutArgs) -> Result<(Vec<Id<Hospital>>, Vec<Id<Hospital>>), Failure> {
    if let Some(code) = &args.hospital {
        let one = hospital(store, Some(code)).await?.id;
        return Ok((vec![one], vec![one]));
    }
    let all = store.hospitals().await.map_err(|error| Failure::failed(error.to_string()))?;
    Ok((Vec::new(), all.iter().map(|one| one.id).collect()))
}

/// Notes in the ledger that something left by the command line.
async fn note(store: &dyn Store, about: &[(Kind, String)], detail: Value) -> Result<(), Failure> {
    let changes = about.iter().map(|(kind, subject)| Change::Event {
        kind: *kind,
        subject: subject.clone(),
        case: if *kind == Kind::Case { subject.parse().ok() } else { None },
        what: "exported".to_owned(),
        detail: detail.clone(),
    });
    let changes: Vec<Change> = changes.collect();
    let commit =
        Commit { who: None, at: Clock::system().now(), why: "command line".to_owned(), changes, work: Vec::new() };
    store.commit(commit).await.map(drop).map_err(|error| Failure::failed(error.to_string()))
}

fn hospitals(told: &[Id<Hospital>]) -> Vec<(Kind, String)> {
    told.iter().map(|id| (Kind::Hospital, id.to_string())).collect()
}

async fn all_tables(args: &TablesArgs) -> Result<Answer, Failure> {
    let OutArgs { data, out, .. } = &args.of;
    let store = open_there(&data.data, data.identity_keys.as_deref()).await?;
    let (filter, told) = of(&*store, &args.of).await?;
    let scope = tables::Scope { hospitals: filter, cases: true, sources: true, identity: args.identity };
    let (format, forms) = (format(args.format, args.excel), forms(&data.data)?);
    let file = Out::new(out)?;
    let mut to = file.open()?;
    let written = tables::write(&*store, &forms, &scope, (&mut to, format), Clock::system().now()).await?;
    note(&*store, &hospitals(&told), json!({ "what": "register", "identity": args.identity, "cases": written.cases }))
        .await?;
    let bytes = file.keep(to)?;
    let text = format!(
        "{}: {} tables, {} rows, {} cases, {bytes} bytes\n",
        out.display(),
        written.tables,
        written.rows,
        written.cases
    );
    let json = json!({ "out": out, "tables": written.tables, "rows": written.rows, "cases": written.cases, "bytes": bytes,
        "identity": args.identity });
    Ok(Answer::new(text, json))
}

async fn for_study(args: &StudyArgs) -> Result<Answer, Failure> {
    let OutArgs { data, out, .. } = &args.of;
    let policy = study::policy(&args.policy)?;
    let store = open_there(&data.data, data.identity_keys.as_deref()).await?;
    let (filter, told) = of(&*store, &args.of).await?;
    let key = keys::exchange_or_new(&data.data)?;
    let asked = study::Asked { hospitals: filter, from: args.from, until: args.until, policy, k: args.k };
    let (format, forms) = (format(args.format, args.excel), forms(&data.data)?);
    let file = Out::new(out)?;
    let mut to = file.open()?;
    let exported = study::write(&*store, &forms, &key, &asked, (&mut to, format), Clock::system().now()).await?;
    let detail = json!({ "what": "study", "policy": args.policy, "key_mark": key.mark(), "from": args.from, "until": args.until });
    note(&*store, &hospitals(&told), detail).await?;
    let bytes = file.keep(to)?;
    let (cases, small) = (exported.cases, exported.in_small_groups());
    let text = format!(
        "{}: {cases} cases, of them {small} in groups of fewer than {} patients; policy {}, key {}, {bytes} bytes\n",
        out.display(),
        args.k,
        args.policy,
        key.mark()
    );
    let json = json!({ "out": out, "cases": cases, "cases_in_small_groups": small, "k": args.k,
        "smallest_group": exported.groups.smallest(), "policy": args.policy, "key_mark": key.mark(), "bytes": bytes });
    Ok(Answer::new(text, json))
}

async fn bundle(args: &FhirArgs) -> Result<Answer, Failure> {
    let data = &args.data;
    let store = open_there(&data.data, data.identity_keys.as_deref()).await?;
    let query = CaseQuery {
        search: args.case.clone(),
        withdrawn: true,
        order: CaseOrder::Number,
        limit: 200,
        ..CaseQuery::default()
    };
    let found = store.cases(&query).await.map_err(|error| Failure::failed(error.to_string()))?;
    let row = found.rows.into_iter().find(|row| row.case.number == args.case).ok_or_else(|| {
        Failure::input(format!("there is no case with the number '{}'", args.case))
            .zh(format!("没有编号为“{}”的病例。", args.case))
    })?;
    let purpose = if args.transaction { Purpose::Transaction } else { Purpose::Collection };
    let (id, now) = (row.case.id, Clock::system().now());
    let bundle = if args.named {
        fhir::of_case(&*store, row, Identity::Identified, purpose, now).await?
    } else {
        let (key, policy) = (keys::exchange_or_new(&data.data)?, study::shifting()?);
        fhir::of_case(&*store, row, Identity::Pseudonym(&key, &policy), purpose, now).await?
    };
    let file = Out::new(&args.out)?;
    let mut to = file.open()?;
    serde_json::to_writer_pretty(&mut to, &bundle).map_err(unusable)?;
    note(&*store, &[(Kind::Case, id.to_string())], json!({ "what": "fhir", "identity": args.named })).await?;
    let bytes = file.keep(to)?;
    let resources = bundle["entry"].as_array().map_or(0, Vec::len);
    let text = format!("{}: {resources} resources, {bytes} bytes\n", args.out.display());
    let json = json!({ "out": args.out, "resources": resources, "identity": args.named, "bytes": bytes });
    Ok(Answer::new(text, json))
}

/// The account that acts, which must be allowed to, and reach the hospital.
///
/// # Errors
/// When there is none, or it may not.
pub(super) async fn acting(
    store: &dyn Store,
    login: &str,
    action: Action,
    hospital: Option<Id<Hospital>>,
) -> Result<Account, Failure> {
    let all = store.accounts().await.map_err(|error| Failure::failed(error.to_string()))?;
    let may = |one: &Account| {
        let reaches = one.hospitals.is_empty() || hospital.is_some_and(|id| one.hospitals.contains(&id));
        one.active && reaches && action.allowed(&one.roles)
    };
    all.iter().find(|one| one.login == login && may(one)).cloned().ok_or_else(|| {
        let known: Vec<&str> = all.iter().filter(|one| may(one)).map(|one| one.login.as_str()).collect();
        let known = known.join(", ");
        Failure::input(format!("'{login}' may not do this here; name one of: {known}"))
            .zh(format!("“{login}”无权进行此操作；可选：{known}。"))
    })
}

async fn package(args: &ProvinceArgs) -> Result<Answer, Failure> {
    let data = &args.data;
    let store = open_there(&data.data, data.identity_keys.as_deref()).await?;
    let hospital = hospital(&*store, args.hospital.as_deref()).await?;
    let (clock, period) = (Clock::system(), (args.from, args.until));
    let mut found = province::ready(&*store, &hospital, period, clock.now()).await?;
    let stays = |number: &str| args.leave_out.iter().any(|one| one == number);
    found.ready.retain(|one| !stays(&one.whole.case.number));
    found.wrong.retain(|(one, _)| !stays(&one.whole.case.number));
    if args.check {
        let answer = Answer::new(checked(&found), as_json(&found));
        return Ok(if found.wrong.is_empty() { answer } else { answer.with_exit(Exit::Input) });
    }
    let (Some(login), Some(out)) = (&args.who, &args.out) else {
        return Err(Failure::usage("give --as LOGIN and --out FILE, or --check"));
    };
    let who = acting(&*store, login, Action::ExportRecords, Some(hospital.id)).await?.id;
    let objects = Objects::open(data.data.join(OBJECTS)).map_err(unusable)?;
    let forms = forms(&data.data)?;
    let hands = Hands { store: &*store, objects: &objects, forms: &forms, clock: &clock, who };
    let content = province::send(&hands, &hospital, period, &args.leave_out).await?;
    let all = std::slice::from_ref(&hospital);
    let kept = province::find(&*store, &objects, all, content).await?;
    let (_, sent, package) = kept.ok_or_else(|| Failure::failed("a package that was just sent is not there"))?;
    crate::output::write_file(out, &package.json)?;
    if let Some(path) = &args.xlsx {
        let file = Out::new(path)?;
        let mut to = file.open()?;
        package.xlsx(&mut to, sent.made).map_err(Trouble::from)?;
        file.keep(to)?;
    }
    let text = format!("{}: {} cases, SHA-256 {content}\n", out.display(), sent.cases.len());
    let json = json!({ "out": out, "xlsx": args.xlsx, "cases": sent.cases.len(), "sha256": content });
    Ok(Answer::new(text, json))
}

fn checked(found: &Ready) -> String {
    let mut out = String::new();
    for one in &found.ready {
        let _ = writeln!(out, "✓ {}", one.whole.case.number);
    }
    for (one, said) in &found.left_out {
        let _ = writeln!(out, "– {}  {}\n    {}", one.whole.case.number, said.zh, said.en);
    }
    for (one, said) in &found.wrong {
        for said in said {
            let _ = writeln!(out, "✗ {}  {}\n    {}", one.whole.case.number, said.zh, said.en);
        }
    }
    let (ready, left_out, wrong) = (found.ready.len(), found.left_out.len(), found.wrong.len());
    let _ = writeln!(
        out,
        "可上报 {ready} 例，无需或尚不能再报 {left_out} 例，须更正 {wrong} 例\n{ready} would be sent, {left_out} need not be or may not yet be sent \
         again, {wrong} must be put right"
    );
    out
}

fn as_json(found: &Ready) -> Value {
    let numbers: Vec<&str> = found.ready.iter().map(|one| one.whole.case.number.as_str()).collect();
    let left: Vec<Value> = found
        .left_out
        .iter()
        .map(|(one, said)| json!({ "case": one.whole.case.number, "zh": said.zh, "en": said.en }))
        .collect();
    let wrong: Vec<Value> =
        found.wrong.iter().map(|(one, said)| json!({ "case": one.whole.case.number, "says": said })).collect();
    json!({ "ready": numbers, "left_out": left, "wrong": wrong })
}
