//! The stock take of a safe by scanned codes.

use records::sources::{Place, Step};
use records::{Change, Commit, Item, Lot, Movement};
use serde_json::{Value, json};

use crate::kit::{Kit, PASSWORD, Session, text};

struct Store {
    kit: Kit,
    custodian: Session,
    person: String,
    lot: String,
    case: String,
    case_number: String,
}

impl Store {
    /// Of lot B/1 there are 22 of 40 seeds in the safe A, 10 in the safe B and 8 issued; of lot B2 nothing came.
    async fn filled() -> Self {
        let (kit, admin) = Kit::with_admin().await;
        let hospital = json!({ "code": "HA", "name": "First" });
        let hospital = text(&kit.ask(&admin, "POST", "/hospitals", hospital).await.must(201)["id"]);
        let body = json!({ "login": "bao", "name": "bao", "roles": ["custodian"], "hospitals": [hospital], "password": PASSWORD });
        let account = text(&kit.ask(&admin, "POST", "/accounts", body).await.must(201)["id"]);
        let custodian = kit.log_in("bao", PASSWORD).await.into_session();
        let body = json!({ "hospital": hospital, "name": "Bao Guan", "number": "7", "profession": "custodian", "account": account });
        let person = text(&kit.ask(&admin, "POST", "/people", body).await.must(201)["id"]);
        let case = json!({ "patient": { "name": "王芳" }, "site": "lung" });
        let doctor = kit.person(&admin, "zhao", &["physician"]).await;
        let case = kit.ask(&doctor, "POST", "/cases", case).await.must(201);
        let order = async |number: &str, count: u32| {
            let body = json!({ "hospital": hospital, "number": number, "manufacturer": "Maker", "model": "STM1251",
                "nuclide": "I-125", "count": count, "strength_u": 0.5, "reference": "2026-01-01T00:00:00+08:00" });
            text(&kit.ask(&custodian, "POST", "/lots", body).await.must(201)["id"])
        };
        let lot = order("B/1", 40).await;
        order("B2", 5).await;
        let id = text(&case["id"]);
        let issued = Place::Issued(id.parse().unwrap());
        let safe = |name: &str| Place::Stored(name.to_owned());
        for (number, (step, seeds, from, to)) in (1..).zip([
            (Step::Receive, "1-40", Place::Ordered, Place::Received),
            (Step::Store, "1-30", Place::Received, safe("A")),
            (Step::Store, "31-40", Place::Received, safe("B")),
            (Step::Issue, "1-8", safe("A"), issued),
        ]) {
            move_seeds(&kit, &lot, number, step, (seeds, from, to)).await;
        }
        Self { kit, custodian, person, lot, case: id, case_number: text(&case["number"]) }
    }

    async fn count(&self, codes: &str) -> Value {
        let body = json!({ "safe": "A", "codes": codes });
        self.kit.ask(&self.custodian, "POST", "/stock-take/count", body).await.must(200)
    }

    async fn save(&self, body: Value) -> crate::kit::Answer {
        self.kit.ask(&self.custodian, "POST", "/stock-take", body).await
    }
}

/// Moves seeds past the papers that the norms ask for.
async fn move_seeds(kit: &Kit, lot: &str, number: u32, step: Step, (seeds, from, to): (&str, Place, Place)) {
    let (now, by) = (kit.app.clock.now(), kit.app.store.accounts().await.unwrap()[0].id);
    let lot: records::Id<Lot> = lot.parse().unwrap();
    let movement = Movement {
        id: kit.app.clock.new_id(),
        version: 1,
        lot,
        number,
        at: now,
        step,
        seeds: seeds.parse().unwrap(),
        from,
        to,
        evidence: None,
        by,
        note: "x".to_owned(),
    };
    let changes = vec![Change::Create(Item::Movement(movement))];
    let commit = Commit { who: Some(by), at: now, why: String::new(), changes, work: Vec::new() };
    kit.app.store.commit(commit).await.unwrap();
}

#[tokio::test]
async fn what_should_be_in_a_safe_is_what_the_ledger_has_there() {
    let store = Store::filled().await;
    let page = store.kit.get(&store.custodian, "/stock-take?safe=A").await.must(200);
    assert_eq!(page["safes"], json!([{ "name": "A", "seeds": 22 }, { "name": "B", "seeds": 10 }]));
    assert_eq!((&page["expected"], &page["safe"]), (&json!(22), &json!("A")));
    let lot = &page["lots"][0];
    assert_eq!((&lot["number"], &lot["count"], &lot["seeds"]), (&json!("B/1"), &json!(22), &json!("9-30")));
    assert_eq!((&lot["lot"], page["lots"].as_array().unwrap().len()), (&json!(store.lot), 1));
    // two safes: one has to be chosen
    let page = store.kit.get(&store.custodian, "/stock-take").await.must(200);
    assert_eq!((&page["safe"], &page["lots"], &page["expected"]), (&json!(""), &json!([]), &json!(0)));
}

#[tokio::test]
async fn what_was_scanned_is_counted_against_the_ledger_lot_by_lot() {
    let store = Store::filled().await;
    // by number, from the box's own code, and by GS1: one seed is missing, one is issued by the ledger, one code is no lot's
    let counted = store.count("B/1/9-28\n(10)B/1(21)30\nB/1/3\nX9/3\n(17)261301").await;
    let lot = &counted["lots"][0];
    assert_eq!((&lot["expected"], &lot["counted"], &lot["difference"]), (&json!(22), &json!(22), &json!(0)));
    assert_eq!((&lot["missing"], &lot["extra"]), (&json!("29"), &json!("3")));
    let findings = lot["findings"].to_string();
    assert!(findings.contains("1 seeds missing (29)") && findings.contains("缺 1 粒"), "{findings}");
    assert!(
        findings.contains(&store.case_number) && !findings.contains(&store.case),
        "a case by its number: {findings}"
    );
    assert_eq!(counted["unknown"].as_array().unwrap().len(), 1, "{counted}");
    assert_eq!(counted["unreadable"][0]["line"], 5, "{counted}");
    assert_eq!(
        (&counted["agrees"], &counted["difference"]),
        (&json!(false), &json!(0)),
        "amounts that cancel do not agree"
    );
    let strange = store.count("B/1*22\nb2*1").await;
    assert_eq!(strange["lots"].as_array().unwrap().len(), 2, "{strange}");
    assert_eq!((&strange["counted"], &strange["difference"]), (&json!(23), &json!(1)));
    let right = store.count("B/1/9-30").await;
    assert_eq!((&right["agrees"], &right["counted"], &right["expected"]), (&json!(true), &json!(22), &json!(22)));
    // nothing of it is kept
    assert_eq!(store.kit.get(&store.custodian, "/records?form=stock_take").await.must(200)["total"], 0);
}

#[tokio::test]
async fn a_stock_take_is_kept_with_the_programs_numbers_and_what_differs_explained() {
    let store = Store::filled().await;
    let saved = store.save(json!({ "safe": "A", "codes": "B/1*22", "expected": 22 })).await.must(201);
    let values = &saved["values"];
    assert_eq!(values["counted"], json!([format!("{}:22", store.lot)]));
    assert_eq!((&values["expected"], &values["difference"], &values["safe"]), (&json!(22), &json!(0), &json!("A")));
    assert_eq!(values["by"], json!([store.person]), "who is logged in counted");
    assert_eq!(saved["form"], "stock_take");
    // differences have to be explained, those that cancel and codes of no lot, too
    for codes in ["B/1*21", "B/1/9-29\nB/1/3", "B/1*22\nX9"] {
        let body = json!({ "safe": "A", "codes": codes, "expected": 22 });
        let problem = store.save(body.clone()).await.refused(422, "invalid");
        assert!(problem["fields"]["explained"].is_string(), "{codes}: {problem}");
        let mut body = body;
        body["explained"] = json!("一粒已送检");
        store.save(body).await.must(201);
    }
    // the ledger moved since the person looked
    store.save(json!({ "safe": "A", "codes": "B/1*22", "expected": 23 })).await.refused(412, "conflict");
    // numbers are not taken from whoever asks
    let typed = json!({ "safe": "A", "codes": "B/1*22", "expected": 22, "difference": 5 });
    store.save(typed).await.refused(422, "invalid");
    store.save(json!({ "safe": " ", "codes": "", "expected": 0 })).await.refused(422, "invalid");
    let stranger = json!({ "safe": "A", "codes": "B/1*22", "expected": 22, "by": [store.lot] });
    assert!(store.save(stranger).await.refused(422, "invalid")["fields"]["by"].is_string());
    assert_eq!(store.kit.get(&store.custodian, "/records?form=stock_take").await.must(200)["total"], 4);
}
