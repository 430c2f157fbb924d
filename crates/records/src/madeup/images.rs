//! Post-implant images and the verification of the dose on them. There are no images behind them: what is kept of a study is the summary, and
//! one file that says so.

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::book::{Book, When, later};
use super::patient::File;
use super::staff::House;
use crate::verification::State;
use crate::{Change, Id, Item, Role, Signature, StoredStudy, Verification};

/// What an item's JSON says; written so, a field that is added later with a usual value needs nothing here.
fn item<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

/// Most implants are imaged after a month, verified and signed; some only verified, some verified a second time, some not at all.
pub(super) fn verify(book: &mut Book, house: &House, file: &mut File, day: Date, seeds: u32) {
    let wait = if file.draw.chance(150) { 0 } else { file.draw.between(25, 38) };
    let taken = later(day, wait);
    if file.draw.chance(105) || !file.lives(taken) {
        return;
    }
    // a study without a date, or of before the implant, proves nothing
    let (after, before) = (taken.to_string(), later(day, -3).to_string());
    let date = file.draw.weighted(&[(after.as_str(), 97), ("", 2), (before.as_str(), 1)]);
    let at = When::new(taken, 17, 0);
    let Some(study) = study(book, house, file, at, date, seeds) else { return };
    book.create(at, house.physicist, vec![Item::Study(study.clone())]);
    let at = When::new(later(taken, 1), 10, 0);
    let Some(first) = computed(book, house, file, at, &study, 1, seeds) else { return };
    book.create(at, house.physicist, vec![Item::Verification(first.clone())]);
    if file.draw.chance(920) {
        let signed = sign(book, house, at.later(200), &first);
        if file.draw.chance(30) {
            again(book, house, file, at.later(1500), &study, &signed, seeds);
        }
    }
}

fn study(book: &mut Book, house: &House, file: &mut File, at: When, date: &str, seeds: u32) -> Option<StoredStudy> {
    let (content, bytes) = book.object("This study is made up: there are no images.\n");
    item(json!({
        "id": book.id::<StoredStudy>(at), "version": 1, "case": file.case.id, "salt": file.draw.hex(32),
        "summary": {
            "uid": format!("2.25.{}", file.draw.below(u64::MAX)), "description": "", "date": date, "series": [],
            "structure_sets": [["POST", ["GTV"]]], "plans": [["POST", seeds]], "doses": 0, "can_be_verified": true,
        },
        "files": [{"path": "made-up.txt", "content": content, "bytes": bytes}], "remarks": [], "received_by": house.physicist,
        "received": at.at(), "withdrawn": false,
    }))
}

fn computed(
    book: &mut Book,
    house: &House,
    file: &mut File,
    at: When,
    study: &StoredStudy,
    number: u32,
    seeds: u32,
) -> Option<Verification> {
    let prescription = file.case.intent.prescription_gy.unwrap_or(120.0);
    let d90 = file.draw.usual(prescription * 0.82, prescription * 1.32, 1);
    let v100 = file.draw.usual(78.0, 99.5, 1);
    let met = d90 >= prescription;
    let summary = json!({
        "prescription_gy": prescription,
        "target": {"name": "GTV", "volume_cm3": file.draw.usual(4.0, 90.0, 1), "indices": {
            "D90": {"value": d90, "unit": "Gy"}, "V100": {"value": v100, "unit": "%"},
        }},
        "structures": [], "findings": [], "notices": [],
    });
    let (content, bytes) =
        book.object(&format!("{{\"made_up\": true, \"d90_gy\": {d90}, \"v100_percent\": {v100}}}\n"));
    item(json!({
        "id": book.id::<Verification>(at), "version": 1, "case": file.case.id, "salt": file.draw.hex(32), "number": number,
        "study": study.id, "follows": null, "state": "computed",
        "settings": {"prescription_gy": prescription, "model": file.case.intent.model, "strength_u": file.case.intent.strength_u},
        "seeds": [], "job": null, "failure": null,
        "outcome": {
            "files": [{"name": "result.json", "content": content, "bytes": bytes}], "verdict": if met { "met" } else { "not_met" },
            "seeds": seeds, "summary": summary, "inputs": study.content(), "software": "made up", "computed": at.at(),
        },
        "created_by": house.physicist, "created": at.at(),
    }))
}

/// Both sign, one after the other; with the second signature it is signed.
fn sign(book: &mut Book, house: &House, at: When, computed: &Verification) -> Verification {
    let Some(content) = computed.outcome.as_ref().map(crate::verification::Outcome::content) else {
        return computed.clone();
    };
    let [physicist, physician] = house.signers.clone();
    let hands = [(Role::Physicist, house.physicist, physicist), (Role::Physician, house.physician, physician)];
    let signed = Verification { version: computed.version + 1, state: State::Signed, ..computed.clone() };
    for (role, signer, name) in hands {
        let at = if role == Role::Physician { at.later(60) } else { at };
        let id: Id<Signature> = book.id(at);
        let signature =
            Signature { id, version: 1, verification: computed.id, content, role, signer, name, signed: at.at() };
        let mut changes = vec![Change::Create(Item::Signature(signature))];
        if role == Role::Physician {
            let (before, after) = (Item::Verification(computed.clone()), Item::Verification(signed.clone()));
            changes.push(Change::Replace { before, after });
        }
        book.commit(at, Some(signer), "", changes);
    }
    signed
}

/// A second version takes the place of the signed one.
fn again(
    book: &mut Book,
    house: &House,
    file: &mut File,
    at: When,
    study: &StoredStudy,
    signed: &Verification,
    seeds: u32,
) {
    let Some(second) = computed(book, house, file, at, study, 2, seeds) else { return };
    let second = Verification { follows: Some((signed.id, "靶区轮廓修正".to_owned())), ..second };
    let gone = Verification { version: signed.version + 1, state: State::Superseded, ..signed.clone() };
    let superseded = Change::Replace { before: Item::Verification(signed.clone()), after: Item::Verification(gone) };
    let changes = vec![Change::Create(Item::Verification(second.clone())), superseded];
    book.commit(at, Some(house.physicist), "靶区轮廓修正", changes);
    sign(book, house, at.later(120), &second);
}
