use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::table::Table;
use super::*;
use crate::{Lot, Role};

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

fn examples() -> Map<String, Value> {
    let mut all = map(serde_json::from_str(include_str!("../../../../data/forms/examples.json")).unwrap());
    all.remove("$comment");
    all
}

fn valid(form: &str) -> Map<String, Value> {
    map(examples()[form]["valid"].clone())
}

fn wrong(form: &Form, values: &Map<String, Value>) -> Vec<String> {
    form.check(values).err().unwrap_or_default().into_iter().map(|error| error.field).collect()
}

#[test]
fn every_form_is_read_and_has_a_label_in_both_languages_for_everything() {
    for (name, text) in BUILTIN {
        if let Err(faults) = read::form(&format!("{name}.json"), text) {
            panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        }
    }
    let forms = Forms::builtin();
    assert_eq!(forms.all().map(|form| form.name.as_str()).collect::<Vec<_>>(), BUILTIN.map_names());
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c));
    for form in forms.all() {
        assert!(chinese(&form.label.zh) && !chinese(&form.label.en), "{}", form.name);
        assert!(!form.source.is_empty(), "{} does not say where it comes from", form.name);
        for field in &form.fields {
            let place = format!("{} {}", form.name, field.name);
            assert!(chinese(&field.label.zh) || field.label.zh.is_ascii(), "{place}");
            assert!(!chinese(&field.label.en), "{place}");
            assert!(field.codes().iter().all(|code| !chinese(&code.label.en) && !code.label.zh.is_empty()), "{place}");
            let limited = field.least.is_some() || field.most.is_some();
            let counted = matches!(form.name.as_str(), "contact" | "indicator_count");
            assert!(!limited || counted || !field.source.is_empty(), "{place}: the limit has no source");
        }
    }
}

trait Names {
    fn map_names(&self) -> Vec<&str>;
}

impl Names for [(&str, &str)] {
    fn map_names(&self) -> Vec<&str> {
        self.iter().map(|(name, _)| *name).collect()
    }
}

/// The table in `docs/methods/register.md` is what rules read by name.
#[test]
fn the_forms_have_the_fields_of_the_contract() {
    let contract = include_str!("../../../../docs/methods/register.md");
    let forms = Forms::builtin();
    let mut seen = 0;
    for line in contract.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let form = forms.get(cells[1].trim_matches('`')).unwrap_or_else(|| panic!("no form {}", cells[1]));
        let about: Vec<&str> = form.about.iter().map(|kind| kind.name()).collect();
        assert_eq!(about.join(", "), cells[2], "{}", form.name);
        for name in cells[3].split('`').skip(1).step_by(2).filter(|name| read::is_name(name)) {
            assert!(form.field(name).is_some(), "{} has no field {name}", form.name);
        }
        seen += 1;
    }
    assert_eq!(seen, BUILTIN.len());
}

#[test]
fn examples_pass_and_their_errors_are_found_at_the_right_fields() {
    let (forms, examples) = (Forms::builtin(), examples());
    assert_eq!(examples.len(), BUILTIN.len());
    for (name, example) in &examples {
        let form = forms.get(name).unwrap();
        let good = map(example["valid"].clone());
        assert_eq!(form.check(&good), Ok(()), "{name}");
        let invalid = example["invalid"].as_array().unwrap();
        assert!(!invalid.is_empty(), "{name} has no example of an error");
        for one in invalid {
            let mut bad = good.clone();
            bad.extend(one.get("set").cloned().map(map).unwrap_or_default());
            for drop in one.get("drop").and_then(Value::as_array).into_iter().flatten() {
                bad.remove(drop.as_str().unwrap());
            }
            let errors = form.check(&bad).unwrap_err();
            let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(json!(fields), one["wrong"], "{name} {one}: {errors:?}");
            assert!(errors.iter().all(|error| !error.zh.is_empty() && !error.en.is_empty()));
        }
    }
}

#[test]
fn errors_say_what_to_do_in_both_languages() {
    let forms = Forms::builtin();
    let say = |form: &str, change: Value| {
        let mut values = valid(form);
        values.extend(map(change));
        let errors = forms.get(form).unwrap().check(&values).unwrap_err();
        errors.into_iter().map(|error| (error.zh, error.en)).collect::<Vec<_>>()
    };
    let one = |zh: &str, en: &str| vec![(zh.to_owned(), en.to_owned())];
    assert_eq!(say("diagnosis", json!({"words": ""})), one("请填写“诊断”", "Diagnosis in words: fill it in"));
    assert_eq!(
        say("diagnosis", json!({"largest_diameter_cm": 70})),
        one("“最大径”应大于 0 且不超过 50 cm", "Largest diameter: must be more than 0 and at most 50 cm")
    );
    assert_eq!(
        say("diagnosis", json!({"kps": 85})),
        one("“KPS 评分”应为 10 的倍数", "Karnofsky performance status: must be a multiple of 10")
    );
    assert_eq!(
        say("follow_up", json!({"lost": true})),
        one(
            "已联系到的患者不能同时记为失访",
            "Lost to follow-up: who was reached is not lost: take one of the two back"
        )
    );
    assert_eq!(
        say("procedure", json!({"ended_at": "2026-03-01T08:00:00+08:00"})),
        one("“结束时间”不能早于“开始时间”", "Ended at: must not be before 'Started at'")
    );
    assert_eq!(
        say("drill", json!({"scenario": "fire"})),
        one("“情景”请从中选择：遗落、丢失、泄漏", "Scenario: choose one of: dropped, lost, leaking")
    );
    assert_eq!(
        say("indication", json!({"contraindications": ["allergy", "fear"]}))[0].1,
        "Contraindications: entry 2: choose one of: bleeding, infection, organ_failure, cachexia, pregnancy, no_cooperation, allergy, other"
    );
    assert_eq!(
        say("diagnosis", json!({"hue": 1}))[0].1,
        "Diagnosis has no field 'hue': take it out, or have it added to the form"
    );
    assert_eq!(
        say("licence", json!({"nuclides": ["I-125:much"]}))[0].0,
        "“许可核素与年最大用量”中的“I-125:much”应写作“核素:年最大用量 GBq”"
    );
    assert_eq!(
        say("licence", json!({"nuclides": ["I-125"]}))[0].0,
        "“许可核素与年最大用量”第 1 项格式不对：核素:年最大用量（GBq），例如 I-125:370"
    );
}

#[test]
fn a_record_takes_its_day_its_end_and_what_must_be_unique_from_the_values() {
    let forms = Forms::builtin();
    let date = |text: &str| Some(text.parse().unwrap());
    let procedure = forms.get("procedure").unwrap();
    assert_eq!(procedure.record_day(&map(json!({"started_at": "2026-03-01T00:30:00+08:00"}))), date("2026-03-01"));
    assert_eq!(procedure.record_day(&map(json!({"started_at": "日"}))), None);
    assert_eq!(forms.get("licence").unwrap().record_until(&valid("licence")), date("2029-01-01"));
    assert_eq!(forms.get("logbook").unwrap().record_day(&valid("logbook")), None);

    let device = forms.get("device_use").unwrap();
    let unique = |change: Value| {
        let mut values = valid("device_use");
        values.extend(map(change));
        device.record_unique(&Form::clean(&values))
    };
    assert_eq!(unique(json!({})).unwrap(), r#"device_use ["(01)06901234567892","A-001"]"#);
    assert_eq!(unique(json!({"serial": " a-001 "})), unique(json!({})));
    assert_ne!(unique(json!({"serial": "A-002"})), unique(json!({})));
    // what is used again and again is no fault, and without a serial number nothing tells two pieces apart
    assert_eq!(unique(json!({"single_use": false})), None);
    assert_eq!(unique(json!({"serial": ""})), None);
}

#[test]
fn no_more_seeds_are_measured_than_the_lot_has() {
    let lot = |count| Lot {
        id: crate::Id::new(1, [0; 10]),
        version: 1,
        hospital: crate::Id::new(2, [0; 10]),
        number: "L1".to_owned(),
        manufacturer: "M".to_owned(),
        model: "6711".to_owned(),
        nuclide: "I-125".to_owned(),
        registration: String::new(),
        count,
        strength_u: 0.5,
        reference: jiff::Timestamp::UNIX_EPOCH,
        created: jiff::Timestamp::UNIX_EPOCH,
    };
    let forms = Forms::builtin();
    let assay = forms.get("assay").unwrap();
    assert_eq!(assay.check_with_lot(&valid("assay"), &lot(5)), Ok(()));
    let errors = assay.check_with_lot(&valid("assay"), &lot(4)).unwrap_err();
    assert_eq!(errors[0].field, "sampled");
    assert_eq!(errors[0].zh, "“抽检粒子数”为 5，而该批次只有 4 粒：请核对数目或批次");
}

#[test]
fn which_forms_a_thing_has_and_who_fills_them_in() {
    let forms = Forms::builtin();
    let names = |technique| forms.of_case(technique).map(|form| form.name.as_str()).collect::<Vec<_>>();
    assert!(
        names(Technique::SeedImplant).contains(&"procedure")
            && !names(Technique::SeedImplant).contains(&"administration")
    );
    assert!(
        names(Technique::Radiopharmaceutical).contains(&"administration")
            && !names(Technique::Radiopharmaceutical).contains(&"plan")
    );
    assert_eq!(
        forms.about(Kind::Lot).map(|form| form.name.as_str()).collect::<Vec<_>>(),
        ["certificate", "incident", "assay", "leak_test"]
    );
    let indication = forms.get("indication").unwrap();
    assert!(indication.may_write(&[Role::Physician]) && !indication.may_write(&[Role::Custodian, Role::Administrator]));
    let plan = forms.get("plan").unwrap();
    assert!(!plan.field("prescription_gy").unwrap().fits(Technique::Ablation));
    // the order of the page is the order of the file
    assert_eq!(plan.fields[0].name, "completed_at");
    assert_eq!(plan.steps[0].code, "dose");
}

const OWN: &str = r#"{
    "x-zh": "疼痛", "x-en": "Pain", "x-edition": 1, "x-about": ["case"], "x-repeats": true, "x-day": "day", "x-writes": ["physician"],
    "required": ["day", "score"],
    "properties": {
        "day": {"x-zh": "日期", "x-en": "Day", "type": "string", "format": "date"},
        "score": {"x-zh": "评分", "x-en": "Score", "type": "integer", "minimum": 0, "maximum": 10}
    }
}"#;

const MORE: &str = r#"{
    "x-extends": "follow_up",
    "required": ["x_pain"],
    "properties": {
        "x_pain": {"x-zh": "疼痛评分", "x-en": "Pain", "type": "integer", "minimum": 0, "maximum": 10},
        "x_pain_place": {"x-zh": "疼痛部位", "x-en": "Where", "type": "string"}
    },
    "allOf": [{"x-field": "x_pain_place", "x-zh": "请填写部位", "x-en": "say where",
        "if": {"properties": {"x_pain": {"minimum": 1}}, "required": ["x_pain"]}, "then": {"required": ["x_pain_place"]}}]
}"#;

#[test]
fn a_hospital_adds_a_form_and_fields() {
    let mut forms = Forms::builtin();
    forms.extend("forms/x_pain.json", OWN).unwrap();
    assert!(forms.get("x_pain").unwrap().check(&map(json!({"day": "2026-03-01", "score": 3}))).is_ok());
    assert_eq!(wrong(forms.get("x_pain").unwrap(), &map(json!({"day": "2026-03-01", "score": 11}))), ["score"]);

    forms.extend("more.json", MORE).unwrap();
    let follow_up = forms.get("follow_up").unwrap();
    assert_eq!(wrong(follow_up, &valid("follow_up")), ["x_pain"]);
    let mut values = valid("follow_up");
    values.insert("x_pain".to_owned(), json!(0));
    assert_eq!(follow_up.check(&values), Ok(()));
    values.insert("x_pain".to_owned(), json!(4));
    assert_eq!(follow_up.check(&values).unwrap_err()[0].zh, "请填写部位");
    assert_eq!(follow_up.fields.last().unwrap().name, "x_pain_place");
    // the compiled-in forms stay as they are
    assert!(Forms::builtin().get("follow_up").unwrap().field("x_pain").is_none());
}

#[test]
fn older_editions_stay_readable() {
    let mut forms = Forms::builtin();
    forms.extend("x_pain.json", OWN).unwrap();
    let newer = OWN.replace("\"x-edition\": 1", "\"x-edition\": 2").replace("\"score\"", "\"vas\"");
    forms.extend("x_pain.json", &newer).unwrap();
    assert_eq!(forms.get("x_pain").unwrap().edition, 2);
    let old = map(json!({"day": "2026-03-01", "score": 3}));
    assert_eq!(forms.edition("x_pain", 1).unwrap().check(&old), Ok(()));
    assert_eq!(wrong(forms.get("x_pain").unwrap(), &old), ["vas", "score"]);
    // fields are added to every edition, and the table has the fields of all
    forms
        .extend(
            "x_more.json",
            r#"{"x-extends": "x_pain", "properties": {"x_a": {"x-zh": "甲", "x-en": "A", "type": "boolean"}}}"#,
        )
        .unwrap();
    assert!(forms.edition("x_pain", 1).unwrap().field("x_a").is_some());
    assert_eq!(Table::of(&forms, "x_pain", true).unwrap().header()[6..], ["day", "vas", "x_a", "score"]);
    let again = forms.extend("x_pain.json", OWN).unwrap_err();
    assert_eq!(again[0].path, "/x-edition");
}

#[test]
fn faults_in_a_hospital_s_file_name_file_and_place() {
    let places = |file: &str, text: &str| {
        let mut forms = Forms::builtin();
        let faults = forms.extend(file, text).unwrap_err();
        assert!(faults.iter().all(|fault| fault.file == file && !fault.zh.is_empty() && !fault.en.is_empty()));
        assert_eq!(forms.all().count(), BUILTIN.len(), "nothing may be added by halves");
        faults.into_iter().map(|fault| fault.path).collect::<Vec<_>>()
    };
    let own = |from: &str, to: &str| places("x_pain.json", &OWN.replace(from, to));
    assert_eq!(places("x_pain.json", "{"), [""]);
    assert_eq!(places("x_pain.json", "[]"), [""]);
    assert_eq!(places("pain.json", OWN), [""]);
    assert_eq!(own("\"x-zh\": \"评分\", ", ""), ["/properties/score/x-zh"]);
    assert_eq!(own("\"x-repeats\"", "\"x-repeat\""), ["/x-repeat"]);
    assert_eq!(own("\"integer\"", "\"decimal\"")[0], "/properties/score/type");
    assert_eq!(own("\"format\": \"date\"", "\"format\": \"day\"")[0], "/properties/day/format");
    assert_eq!(own("[\"physician\"]", "[\"nurse\"]"), ["/x-writes/0", "/x-writes"]);
    assert_eq!(own("\"x-day\": \"day\"", "\"x-day\": \"score\""), ["/x-day"]);
    assert_eq!(own("[\"day\", \"score\"]", "[\"day\", \"mark\"]"), ["/required/1"]);
    assert_eq!(own("\"score\": {", "\"day\": {"), ["/properties/day", "/required/1", "/x-day"]);
    assert_eq!(own("\"score\": {", "\"record_day\": {")[0], "/properties/record_day");
    assert_eq!(own("\"maximum\": 10", "\"maximum\": \"ten\"").len(), 1);
    let more = |from: &str, to: &str| places("more.json", &MORE.replace(from, to));
    assert_eq!(more("\"follow_up\"", "\"followup\""), ["/x-extends"]);
    assert_eq!(more("x_pain_place\": {", "place\": {")[0], "/properties/place");
    assert_eq!(more("\"x-zh\": \"请填写部位\", ", ""), ["/allOf/0/x-zh"]);
    assert_eq!(more("\"required\": [\"x_pain\"]", "\"required\": [\"x_pan\"]")[0], "/required/0");
    let mut twice = Forms::builtin();
    twice.extend("more.json", MORE).unwrap();
    assert_eq!(twice.extend("more.json", MORE).unwrap_err()[0].path, "/properties/x_pain");
}

#[test]
fn a_schema_that_points_elsewhere_is_refused_and_nothing_is_fetched() {
    let text = OWN.replace("\"required\":", "\"allOf\": [{\"x-field\": \"day\", \"x-zh\": \"某\", \"x-en\": \"some\", \"$ref\": \"http://example.org/a.json\"}], \"required\":");
    assert!(Forms::builtin().extend("x_pain.json", &text).is_err());
}

#[test]
fn tables_have_a_row_a_record_and_a_dictionary_of_their_columns() {
    let forms = Forms::builtin();
    let mut record = crate::Record {
        id: crate::Id::new(1, [0; 10]),
        version: 1,
        form: "stock_take".to_owned(),
        edition: 1,
        about: crate::About::Hospital(crate::Id::new(2, [0; 10])),
        day: "2026-03-31".parse().unwrap(),
        until: None,
        values: valid("stock_take"),
        unique: None,
        files: Vec::new(),
        withdrawn: false,
        created_by: crate::Id::new(3, [0; 10]),
        created: jiff::Timestamp::UNIX_EPOCH,
    };
    record.values.insert("counted".to_owned(), json!(["a;b:1", "c:2"]));
    let table = Table::of(&forms, "stock_take", false).unwrap();
    let (header, row) = (table.header(), table.row(&record, "H1"));
    assert_eq!(
        header[..6],
        ["record_subject", "record_id", "record_edition", "record_day", "record_until", "record_withdrawn"]
    );
    let cell = |name: &str| row[header.iter().position(|column| *column == name).unwrap()].as_str();
    assert_eq!(
        (cell("record_subject"), cell("counted"), cell("difference"), cell("record_until")),
        ("H1", "a；b:1;c:2", "-1", "")
    );
    let dictionary = table.dictionary();
    assert_eq!(dictionary.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), header);
    let complication = Table::of(&forms, "complication", false).unwrap().dictionary();
    let grade = complication.iter().find(|row| row[0] == "ctcae").unwrap();
    assert_eq!(grade[7], "5.0=5.0（2017）/5.0 (2017); 6.0=6.0（2025）/6.0 (2025)");
    // names and telephones stay in the hospital
    assert!(!Table::of(&forms, "consent", false).unwrap().header().contains(&"signed_by"));
    assert!(Table::of(&forms, "consent", true).unwrap().header().contains(&"signed_by"));
}

#[test]
fn techniques_know_their_routes_and_methods() {
    Techniques::read(include_str!("../../../../data/forms/techniques.toml")).unwrap();
    let techniques = Techniques::builtin();
    assert_eq!(techniques.all().iter().map(|info| info.technique).collect::<Vec<_>>(), Technique::ALL);
    for info in techniques.all() {
        for codes in [&info.routes, &info.methods] {
            let names: std::collections::BTreeSet<_> = codes.iter().map(|code| &code.code).collect();
            assert!(names.len() == codes.len() && !codes.is_empty());
            assert!(codes.iter().all(|code| !code.label.zh.is_empty() && !code.label.en.is_empty()));
        }
    }
    assert_eq!(techniques.check(Technique::Ablation, "open", "microwave"), Ok(()));
    assert_eq!(techniques.check(Technique::SeedImplant, "", ""), Ok(()));
    let error = techniques.check(Technique::Ablation, "dsa", "").unwrap_err();
    assert_eq!(error.en, "tumour ablation has no route 'dsa'; choose percutaneous, endoscopic, open");
    assert!(error.zh.starts_with("肿瘤消融治疗没有途径“dsa”，可选：经皮（percutaneous）、"));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        "[0-9:;T+-]{0,30}".prop_map(Value::from),
        Just(Value::from("2026-03-01T09:00:00+08:00")),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_~/]{0,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_values_make_a_check_panic(at in 0..BUILTIN.len(), given in prop::collection::vec((0..30_usize, any_value()), 0..12)) {
        let forms = Forms::builtin();
        let form = forms.get(BUILTIN[at].0).unwrap();
        let mut values = valid(&form.name);
        for (at, value) in given {
            let name = form.fields.get(at).map_or("else", |field| field.name.as_str());
            values.insert(name.to_owned(), value);
        }
        if let Err(errors) = form.check(&values) {
            prop_assert!(!errors.is_empty());
        }
        let kept = Form::clean(&values);
        prop_assert_eq!(Form::clean(&kept), kept.clone());
        prop_assert_eq!(form.check(&kept), form.check(&values));
        let _ = (form.record_day(&values), form.record_until(&values), form.record_unique(&values));
    }

    #[test]
    fn no_text_makes_reading_a_form_panic(text in "\\PC{0,80}", value in any_value(), key in "(x-[a-z]{1,8}|properties|required|allOf|type)") {
        let mut forms = Forms::builtin();
        let _ = forms.extend("x_a.json", &text);
        let mut own = map(serde_json::from_str(OWN).unwrap());
        own.insert(key.clone(), value.clone());
        let _ = forms.extend("x_b.json", &Value::Object(own).to_string());
        let mut more = map(serde_json::from_str(MORE).unwrap());
        more.insert(key, value);
        let _ = forms.extend("c.json", &Value::Object(more).to_string());
    }
}

#[test]
fn an_emergency_s_calls_and_steps_can_be_entered() {
    let forms = Forms::builtin();
    let roles: Vec<&str> =
        forms.get("contact").unwrap().field("role").unwrap().codes().iter().map(|coded| coded.code.as_str()).collect();
    let incident = forms.get("incident").unwrap();
    for step in crate::sources::emergency::Flow::embedded().unwrap().steps {
        assert!(step.call.as_deref().is_none_or(|role| roles.contains(&role)), "no contact is a {:?}", step.call);
        let closes = step.id == "close";
        assert!(closes || incident.field(&format!("step_{}", step.id)).is_some(), "no field for {}", step.id);
    }
}
