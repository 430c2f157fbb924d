//! What is said to people is said in both languages.

use serde_json::{Value, json};

use crate::kit::{Kit, text};

/// Every text of an answer that comes in two languages, with where it stands.
fn texts<'a>(value: &'a Value, at: &str, found: &mut Vec<(String, &'a str, &'a str)>) {
    match value {
        Value::Object(map) => {
            if let (Some(zh), Some(en)) = (map.get("zh").and_then(Value::as_str), map.get("en").and_then(Value::as_str))
            {
                found.push((at.to_owned(), zh, en));
            }
            map.iter().for_each(|(name, inner)| texts(inner, &format!("{at}.{name}"), found));
        }
        Value::Array(all) => all.iter().for_each(|inner| texts(inner, at, found)),
        _ => {}
    }
}

#[tokio::test]
async fn norms_and_indicators_say_everything_in_both_languages() {
    let (kit, admin) = Kit::with_admin().await;
    kit.ask(&admin, "POST", "/hospitals", json!({ "code": "HA", "name": "First" })).await.must(201);
    let quality = kit.person(&admin, "qian", &["quality"]).await;
    let mut pages = vec![kit.get(&quality, "/norms").await.must(200)];
    for pack in ["seeds-2022", "ablation-2022", "nuclear-2025"] {
        pages.push(kit.get(&quality, &format!("/indicators?pack={pack}")).await.must(200));
    }
    let mut found = Vec::new();
    for page in &pages {
        texts(page, "", &mut found);
    }
    let han = |text: &str| text.contains(|c: char| ('\u{4e00}'..='\u{9fff}').contains(&c));
    for (at, zh, en) in &found {
        assert_eq!(zh.is_empty(), en.is_empty(), "{at}: '{zh}' '{en}'");
        assert!(zh.is_empty() || han(zh), "{at}: no Chinese in '{zh}'");
    }
    // those that were in one language once
    for wanted in [
        ".norms.clauses.lines.ours",
        ".rows.source",
        ".rows.missing",
        ".rows.unverified",
        ".rows.exclusions",
        ".source",
    ] {
        let said = found.iter().filter(|(at, _, en)| at == wanted && !en.is_empty()).count();
        assert!(said > 0, "{wanted} says nothing");
    }
}

#[tokio::test]
async fn a_warning_names_its_source_in_both_languages() {
    let (kit, admin) = Kit::with_admin().await;
    let hospital = json!({ "code": "HA", "name": "First" });
    let hospital = text(&kit.ask(&admin, "POST", "/hospitals", hospital).await.must(201)["id"]);
    let custodian = kit.person(&admin, "bao", &["custodian"]).await;
    let today = kit.app.clock.today();
    // the licence names the nuclide, and the delivery comes near to its limit
    let licence = json!({ "kind": "radiation_safety", "number": "N", "from": "2020-01-01", "until": "2099-01-01",
        "nuclides": ["I-125:1.0"] });
    let licence = json!({ "form": "licence", "about": { "kind": "hospital", "id": hospital }, "values": licence });
    kit.ask(&custodian, "POST", "/records", licence).await.must(201);
    // 40 seeds of 0.6 U: 24 U / (1.27 U/mCi) = 18.9 mCi = 0.70 GBq; of 53 it is 0.93 GBq
    let lot = json!({ "hospital": hospital, "number": "L1", "manufacturer": "x", "model": "STM1251", "nuclide": "I-125", "count": 53,
        "strength_u": 0.6, "reference": format!("{today}T00:00:00+08:00") });
    let lot = text(&kit.ask(&custodian, "POST", "/lots", lot).await.must(201)["id"]);
    let step = json!({ "step": "receive", "from": { "kind": "ordered" }, "to": { "kind": "received" }, "count": 53 });
    let page = kit.ask(&custodian, "POST", &format!("/lots/{lot}/movements"), step).await.must(201);
    let warning = &page["warnings"][0];
    assert!(text(&warning["zh"]).contains("许可") && text(&warning["en"]).contains("licence"), "{page}");
    let clause = &warning["clause"];
    assert!(
        text(&clause["zh"]).contains("辐射安全许可证") && text(&clause["en"]).contains("radiation safety"),
        "{clause}"
    );
}
