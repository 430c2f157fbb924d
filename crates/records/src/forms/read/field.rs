//! One property of the schema as a field.

use serde_json::{Map, Value};

use super::fault::Faults;
use super::{codes, flag, keyword_list, list, strings, text, unknown_keywords, words};
use crate::Technique;
use crate::forms::field::{Coded, Field, FieldKind, Part, Reference, Words};

const KEYWORDS: &[&str] = &[
    "$comment",
    "x-zh",
    "x-en",
    "type",
    "format",
    "enum",
    "x-labels",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "x-unit",
    "x-group",
    "x-hint",
    "x-techniques",
    "x-long",
    "x-person",
    "x-asset",
    "x-lot",
    "x-parts",
    "x-identifies",
    "x-retired",
];
const ITEM_KEYWORDS: &[&str] = &[
    "type",
    "format",
    "enum",
    "x-labels",
    "minLength",
    "maxLength",
    "pattern",
    "x-person",
    "x-asset",
    "x-lot",
    "x-parts",
];

/// What a part of a text may be.
const PART_KINDS: [FieldKind; 8] = [
    FieldKind::Text { long: false },
    FieldKind::Date,
    FieldKind::DateTime,
    FieldKind::Whole,
    FieldKind::Number,
    FieldKind::Reference(Reference::Person),
    FieldKind::Reference(Reference::Asset),
    FieldKind::Reference(Reference::Lot),
];

/// Reads one.
pub(super) fn read(f: &mut Faults<'_>, path: &str, name: &str, map: &Map<String, Value>, required: bool) -> Field {
    unknown_keywords(f, path, map, KEYWORDS);
    let is_list = text(map, "type") == "array";
    let items = map.get("items").and_then(Value::as_object);
    let entry = if is_list { items.cloned().unwrap_or_default() } else { map.clone() };
    let entry_path = if is_list { format!("{path}/items") } else { path.to_owned() };
    if is_list {
        unknown_keywords(f, &entry_path, &entry, ITEM_KEYWORDS);
        if text(&entry, "type") != "string" {
            f.add(
                format!("{entry_path}/type"),
                "列表的每一项应为文字（string）",
                "the entries of a list are texts: type string",
            );
        }
    }
    if entry.contains_key("pattern") && !map.contains_key("x-hint") {
        f.add(
            format!("{path}/x-hint"),
            "有 pattern 的字段须有 x-hint：格式不对时显示它",
            "a field with a pattern needs x-hint: it is what is said where the pattern does not fit",
        );
    }
    let limit = |soft: &str, hard: &str| {
        let number = |key: &str| map.get(key).and_then(Value::as_f64);
        number(hard).map(|limit| (limit, false)).or_else(|| number(soft).map(|limit| (limit, true)))
    };
    let count = |key: &str| map.get(key).and_then(Value::as_u64);
    Field {
        name: name.to_owned(),
        label: words(f, path, map),
        kind: kind(f, &entry_path, &entry),
        list: is_list,
        required,
        unit: text(map, "x-unit"),
        least: limit("minimum", "exclusiveMinimum"),
        most: limit("maximum", "exclusiveMaximum"),
        step: map.get("multipleOf").and_then(Value::as_f64),
        longest: entry.get("maxLength").and_then(Value::as_u64),
        entries: (count("minItems").unwrap_or(0), count("maxItems")),
        group: Some(text(map, "x-group")).filter(|group| !group.is_empty()),
        hint: hint(f, path, map),
        techniques: codes(
            f,
            &format!("{path}/x-techniques"),
            map.get("x-techniques"),
            false,
            &Technique::ALL,
            Technique::name,
        ),
        identifies: flag(f, path, map, "x-identifies"),
        retired: flag(f, path, map, "x-retired"),
        source: text(map, "$comment"),
    }
}

fn kind(f: &mut Faults<'_>, path: &str, map: &Map<String, Value>) -> FieldKind {
    let format = text(map, "format");
    let reference = Reference::ALL.into_iter().find(|to| flag(f, path, map, &format!("x-{}", to.name())));
    let kind = match text(map, "type").as_str() {
        "boolean" => FieldKind::YesNo,
        "integer" => FieldKind::Whole,
        "number" => FieldKind::Number,
        "string" if map.contains_key("enum") => FieldKind::Choice(choice(f, path, map)),
        "string" if map.contains_key("x-parts") => FieldKind::Parts(parts(f, path, map)),
        "string" => match (reference, format.as_str()) {
            (Some(to), "uuid") => return FieldKind::Reference(to),
            (Some(_), _) => {
                f.add(format!("{path}/format"), "引用字段的 format 应为 uuid", "a reference has the format uuid");
                FieldKind::Text { long: false }
            }
            (None, "date") => FieldKind::Date,
            (None, "date-time") => FieldKind::DateTime,
            (None, "") => FieldKind::Text { long: flag(f, path, map, "x-long") },
            (None, other) => {
                f.add(
                    format!("{path}/format"),
                    format!("不支持 format “{other}”，可用 date、date-time；引用字段用 uuid 并加 x-person、x-asset 或 x-lot"),
                    format!("the format '{other}' is not known; use date or date-time, or uuid with x-person, x-asset or x-lot"),
                );
                FieldKind::Text { long: false }
            }
        },
        other => {
            f.add(
                format!("{path}/type"),
                format!("不支持 type “{other}”，可用 string、number、integer、boolean，或由 string 组成的 array"),
                format!(
                    "the type '{other}' is not known; use string, number, integer, boolean, or an array of strings"
                ),
            );
            FieldKind::Text { long: false }
        }
    };
    if reference.is_some() && !matches!(kind, FieldKind::Text { .. }) {
        f.add(path, "引用字段应为文字", "a reference is a string without enum or x-parts");
    }
    kind
}

/// The codes of a choice with their labels: as many labels as codes, in both languages.
fn choice(f: &mut Faults<'_>, path: &str, map: &Map<String, Value>) -> Vec<Coded> {
    let labels = map.get("x-labels").and_then(Value::as_object).cloned().unwrap_or_default();
    let codes = strings(f, &format!("{path}/enum"), map.get("enum"));
    for code in labels.keys().filter(|code| !codes.contains(code)) {
        f.add(
            format!("{path}/x-labels/{code}"),
            "有名称而没有这个选项",
            "there is a label for a code that is not in enum",
        );
    }
    let coded = |code: String| {
        let label = labels.get(&code).and_then(pair).unwrap_or_default();
        if label.zh.is_empty() || label.en.is_empty() {
            f.add(
                format!("{path}/x-labels/{code}"),
                "请填写中英文名称：[\"中文\", \"English\"]",
                "the label is missing: write [\"中文\", \"English\"]",
            );
        }
        Coded { code, label }
    };
    codes.into_iter().map(coded).collect()
}

fn parts(f: &mut Faults<'_>, path: &str, map: &Map<String, Value>) -> Vec<Part> {
    let mut all = Vec::new();
    for (at, item) in list(f, &format!("{path}/x-parts"), map.get("x-parts")).iter().enumerate() {
        let item = item.as_object().cloned().unwrap_or_default();
        let label = Words::new(text(&item, "zh"), text(&item, "en"));
        let name = text(&item, "name");
        let kind = PART_KINDS.into_iter().find(|kind| kind.name() == text(&item, "kind"));
        if name.is_empty() || label.zh.is_empty() || label.en.is_empty() || kind.is_none() {
            let known = keyword_list(PART_KINDS.iter().map(FieldKind::name));
            f.add(
                format!("{path}/x-parts/{at}"),
                format!("应写作 {{\"name\": …, \"kind\": …, \"zh\": …, \"en\": …}}，kind 可用：{known}"),
                format!("write {{\"name\": …, \"kind\": …, \"zh\": …, \"en\": …}}; the kind is one of {known}"),
            );
        }
        let kind = kind.unwrap_or(FieldKind::Text { long: false });
        all.push(Part { name, label, unit: text(&item, "unit"), kind });
    }
    all
}

fn hint(f: &mut Faults<'_>, path: &str, map: &Map<String, Value>) -> Option<Words> {
    let value = map.get("x-hint")?;
    let read = pair(value);
    if read.is_none() {
        f.add(format!("{path}/x-hint"), "应写作 [\"中文\", \"English\"]", "write [\"中文\", \"English\"]");
    }
    read
}

fn pair(value: &Value) -> Option<Words> {
    match value.as_array()?.as_slice() {
        [Value::String(zh), Value::String(en)] => Some(Words::new(zh.trim(), en.trim())),
        _ => None,
    }
}
