//! From the text of a form to the form: every keyword is checked, and all that is wrong is listed at once.

mod addition;
mod fault;
mod field;
mod keys;

use jiff::Timestamp;
use jiff::civil::Date;
use jsonschema::{Draft, PatternOptions};
use serde_json::{Map, Value};

use super::field::{Field, FieldKind, Words};
use super::form::{Because, Compare, Form, Order, Step};
use super::table::FIXED;
use crate::{Kind, Role, Technique};

pub(super) use addition::addition;
pub use fault::Fault;
use fault::Faults;

const KEYWORDS: &[&str] = &[
    "$schema",
    "$comment",
    "title",
    "description",
    "x-zh",
    "x-en",
    "x-edition",
    "x-about",
    "x-techniques",
    "x-repeats",
    "x-day",
    "x-until",
    "x-unique",
    "x-unique-if",
    "x-writes",
    "x-steps",
    "x-compare",
    "type",
    "additionalProperties",
    "minProperties",
    "required",
    "properties",
    "allOf",
];
const ABOUT: [Kind; 4] = [Kind::Case, Kind::Person, Kind::Hospital, Kind::Lot];

/// Reads a form, called as its file.
pub(super) fn form(file: &str, text: &str) -> Result<Form, Vec<Fault>> {
    let (schema, order) = object(file, text)?;
    let stem = file.rsplit(['/', '\\']).next().unwrap_or(file);
    build(file, stem.strip_suffix(".json").unwrap_or(stem), schema, order)
}

/// A form that is not compiled in has a name that never will be.
pub(super) fn own_name(file: &str, name: &str) -> Result<(), Fault> {
    if name.starts_with("x_") && is_name(name) {
        return Ok(());
    }
    Err(Fault {
        file: file.to_owned(),
        path: String::new(),
        zh: "自定义表单的文件名须以 x_ 开头，只用小写字母、数字和下划线，例如 x_pain.json；为已有表单增加字段请写 x-extends".to_owned(),
        en: "the file of a form of your own is called x_… in small letters, digits and underscores, for example x_pain.json; \
             to add fields to a form that is there, write x-extends"
            .to_owned(),
    })
}

/// A form in an edition that is there.
pub(super) fn same_edition(file: &str, form: &Form) -> Fault {
    Fault {
        file: file.to_owned(),
        path: "/x-edition".to_owned(),
        zh: format!("表单“{}”第 {} 版已经存在：修改后请增大 x-edition，旧版仍须保留", form.name, form.edition),
        en: format!(
            "there is an edition {} of '{}' already: raise x-edition, and keep the old one",
            form.edition, form.name
        ),
    }
}

/// An object, and the names of its properties in the order of the file.
type Ordered = (Map<String, Value>, Vec<String>);

/// The text as an object, and the names of its properties in order.
fn object(file: &str, text: &str) -> Result<Ordered, Vec<Fault>> {
    let mut faults = Faults::of(file);
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => return Ok((map, keys::properties(text))),
        Ok(_) => faults.add("", "文件应为一个 JSON 对象 {…}", "the file must be one JSON object {…}"),
        Err(error) => faults.add(
            "",
            format!("不是有效的 JSON（第 {} 行第 {} 列）", error.line(), error.column()),
            format!("not JSON: {error}"),
        ),
    }
    Err(faults.found)
}

fn build(file: &str, name: &str, mut schema: Map<String, Value>, order: Vec<String>) -> Result<Form, Vec<Fault>> {
    let mut faults = Faults::of(file);
    let f = &mut faults;
    unknown_keywords(f, "", &schema, KEYWORDS);
    for (key, must) in [("type", Value::from("object")), ("additionalProperties", Value::Bool(false))] {
        let given = schema.insert(key.to_owned(), must.clone());
        if given.is_some_and(|given| given != must) {
            f.add(format!("/{key}"), format!("应为 {must}"), format!("must be {must}"));
        }
    }
    let label = words(f, "", &schema);
    let edition =
        schema.get("x-edition").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
    if edition.is_none() {
        f.add("/x-edition", "请填写版次：1、2……", "say the edition: 1, 2 …");
    }
    let about = codes(f, "/x-about", schema.get("x-about"), true, &ABOUT, Kind::name);
    let writes = codes(f, "/x-writes", schema.get("x-writes"), true, &Role::ALL, Role::name);
    let techniques = codes(f, "/x-techniques", schema.get("x-techniques"), false, &Technique::ALL, Technique::name);
    let steps = steps(f, schema.get("x-steps"));
    let required = strings(f, "/required", schema.get("required"));
    let fields = fields(f, &schema, &order, &required, &steps);
    for (at, name) in required.iter().enumerate() {
        if fields.iter().all(|field| field.name != *name || field.retired) {
            no_field(f, &format!("/required/{at}"), name);
        }
    }
    let mut form = Form {
        name: name.to_owned(),
        edition: edition.unwrap_or(1),
        label,
        source: text(&schema, "$comment"),
        about,
        techniques,
        repeats: flag(f, "", &schema, "x-repeats"),
        writes,
        steps,
        fields,
        compare: Vec::new(),
        day: named(f, &schema, "x-day"),
        until: named(f, &schema, "x-until"),
        unique: strings(f, "/x-unique", schema.get("x-unique")),
        unique_if: named(f, &schema, "x-unique-if"),
        because: because(f, schema.get("allOf")),
        validator: never(),
        order,
        schema: Value::Null,
    };
    form.compare = compare(f, &form, schema.get("x-compare"));
    references(f, &form);
    let schema = Value::Object(schema);
    match validator(&schema) {
        Ok(validator) => form.validator = validator,
        Err((path, why)) => f.add(path, format!("不是有效的 JSON Schema：{why}"), format!("not a JSON Schema: {why}")),
    }
    form.schema = schema;
    faults.or(Some(form))
}

fn fields(
    f: &mut Faults<'_>,
    schema: &Map<String, Value>,
    order: &[String],
    required: &[String],
    steps: &[Step],
) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    if order.is_empty() {
        f.add("/properties", "表单没有字段", "the form has no fields: write them under properties");
    }
    for name in order {
        let path = format!("/properties/{name}");
        if !is_name(name) || FIXED.iter().any(|(fixed, _, _)| fixed == name) {
            f.add(
                &path,
                "字段名只用小写字母、数字和下划线，以字母开头，不超过 60 个字符，且不能是导出表的固定列名",
                "a field's name is of small letters, digits and underscores, begins with a letter, has at most 60 characters, and is \
                 no fixed column of tables",
            );
        }
        if fields.iter().any(|field| field.name == *name) {
            f.add(&path, "字段重复", "there are two fields of this name");
            continue;
        }
        let Some(value) =
            schema.get("properties").and_then(|properties| properties.get(name)).and_then(Value::as_object)
        else {
            f.add(&path, "应为对象 {…}", "must be an object {…}");
            continue;
        };
        let field = field::read(f, &path, name, value, required.contains(name));
        if let Some(group) = field.group.as_ref().filter(|group| steps.iter().all(|step| step.code != **group)) {
            f.add(format!("{path}/x-group"), format!("x-steps 中没有“{group}”"), format!("x-steps has no '{group}'"));
        }
        fields.push(field);
    }
    fields
}

/// Whether what names a field names one of the right kind.
fn references(f: &mut Faults<'_>, form: &Form) {
    let dated = |kind: &FieldKind| matches!(kind, FieldKind::Date | FieldKind::DateTime);
    let mut check = |path: String, name: &str, fits: &dyn Fn(&Field) -> bool, zh: &str, en: &str| match form.field(name)
    {
        None => no_field(f, &path, name),
        Some(field) if !fits(field) => f.add(path, format!("“{name}”{zh}"), format!("'{name}' {en}")),
        Some(_) => {}
    };
    for (key, named) in [("/x-day", &form.day), ("/x-until", &form.until)] {
        if let Some(name) = named {
            let fits = |field: &Field| dated(&field.kind) && !field.list;
            check(key.to_owned(), name, &fits, "应为日期字段", "must be a day or a moment");
        }
    }
    for (at, name) in form.unique.iter().enumerate() {
        let fits = |field: &Field| !field.list && field.kind != FieldKind::YesNo;
        check(format!("/x-unique/{at}"), name, &fits, "不能是列表或是非字段", "must be a text or a number");
    }
    if let Some(name) = &form.unique_if {
        let fits = |field: &Field| field.kind == FieldKind::YesNo;
        check("/x-unique-if".to_owned(), name, &fits, "应为是非字段", "must be a yes-or-no field");
    }
    for (at, rule) in form.because.iter().enumerate().filter(|(_, rule)| !rule.field.is_empty()) {
        check(format!("/allOf/{at}/x-field"), &rule.field, &|_| true, "", "");
    }
}

fn compare(f: &mut Faults<'_>, form: &Form, value: Option<&Value>) -> Vec<Compare> {
    let mut all = Vec::new();
    for (at, item) in list(f, "/x-compare", value).iter().enumerate() {
        let path = format!("/x-compare/{at}");
        let get = |key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
        let read = match (get("field"), get("not_before"), get("at_most")) {
            (Some(field), Some(with), None) => Compare { field, order: Order::NotBefore, with },
            (Some(field), None, Some(with)) => Compare { field, order: Order::AtMost, with },
            _ => {
                f.add(
                    path,
                    "应写作 {\"field\": …, \"not_before\": …} 或 {\"field\": …, \"at_most\": …}",
                    "write {\"field\": …, \"not_before\": …} or {\"field\": …, \"at_most\": …}",
                );
                continue;
            }
        };
        let of = |name: &String| form.field(name).filter(|field| !field.list).map(|field| field.kind.clone());
        let fits = match read.order {
            Order::NotBefore => |kind: &FieldKind| matches!(kind, FieldKind::Date | FieldKind::DateTime),
            Order::AtMost => |kind: &FieldKind| matches!(kind, FieldKind::Whole | FieldKind::Number),
        };
        match (of(&read.field), of(&read.with)) {
            (Some(one), Some(other)) if fits(&one) && fits(&other) && (one == other || read.order == Order::AtMost) => {
                all.push(read);
            }
            _ => f.add(
                path,
                "只能比较两个日期、两个时间或两个数字字段",
                "only two days, two moments or two numbers of the form can be compared",
            ),
        }
    }
    all
}

fn because(f: &mut Faults<'_>, value: Option<&Value>) -> Vec<Because> {
    let mut all = Vec::new();
    for (at, item) in list(f, "/allOf", value).iter().enumerate() {
        let path = format!("/allOf/{at}");
        let map = item.as_object().cloned().unwrap_or_default();
        let field = text(&map, "x-field");
        if field.is_empty() {
            f.add(format!("{path}/x-field"), "请写明规则针对哪个字段", "say which field the rule speaks of");
        }
        let words = words(f, &path, &map);
        all.push(Because { field, words });
    }
    all
}

fn steps(f: &mut Faults<'_>, value: Option<&Value>) -> Vec<Step> {
    let mut all: Vec<Step> = Vec::new();
    for (at, item) in list(f, "/x-steps", value).iter().enumerate() {
        let map = item.as_object().cloned().unwrap_or_default();
        let (code, zh, en) = (text(&map, "code"), text(&map, "zh"), text(&map, "en"));
        if code.is_empty() || zh.is_empty() || en.is_empty() || all.iter().any(|step| step.code == code) {
            f.add(
                format!("/x-steps/{at}"),
                "应写作 {\"code\": …, \"zh\": …, \"en\": …}，code 不得重复",
                "write {\"code\": …, \"zh\": …, \"en\": …}, each code once",
            );
        }
        all.push(Step { code, label: Words::new(zh, en) });
    }
    all
}

/// A day that exists. Years before 1900 or after 2200 are typing errors (ours).
pub(super) fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok_and(|date| (1900..=2200).contains(&date.year()))
}

/// A moment with its distance from UTC: the day of a moment is the day where it was written down, so `Z` will not do.
pub(super) fn is_date_time(text: &str) -> bool {
    let tail = text.len().checked_sub(6).and_then(|at| text.get(at..)).unwrap_or_default();
    let offset = matches!(tail.as_bytes(), [b'+' | b'-', _, _, b':', _, _]);
    offset
        && text.as_bytes().get(10) == Some(&b'T')
        && text.get(..10).is_some_and(is_date)
        && text.parse::<Timestamp>().is_ok()
}

fn validator(schema: &Value) -> Result<jsonschema::Validator, (String, String)> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        // patterns come from files of hospitals: linear time, whatever they are
        .with_pattern_options(PatternOptions::regex())
        .with_format("date", is_date)
        .with_format("date-time", is_date_time)
        .build(schema)
        .map_err(|error| (error.instance_path().to_string(), error.to_string().chars().take(200).collect()))
}

/// Refuses everything: stands in until the schema is read.
fn never() -> jsonschema::Validator {
    jsonschema::validator_for(&Value::Bool(false)).expect("false is a schema")
}

pub(super) fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    name.len() <= 60
        && chars.next().is_some_and(|first| first.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn no_field(f: &mut Faults<'_>, path: &str, name: &str) {
    f.add(path, format!("没有名为“{name}”的字段"), format!("there is no field '{name}'"));
}

fn unknown_keywords(f: &mut Faults<'_>, path: &str, map: &Map<String, Value>, known: &[&str]) {
    for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
        f.add(
            format!("{path}/{key}"),
            format!("此处没有“{key}”这个关键字；可用：{}", keyword_list(known.iter().copied())),
            format!("there is no keyword '{key}' here; there are {}", keyword_list(known.iter().copied())),
        );
    }
}

fn keyword_list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

fn text(map: &Map<String, Value>, key: &str) -> String {
    map.get(key).and_then(Value::as_str).map(|text| text.trim().to_owned()).unwrap_or_default()
}

/// Both labels; both must be there.
fn words(f: &mut Faults<'_>, path: &str, map: &Map<String, Value>) -> Words {
    let words = Words::new(text(map, "x-zh"), text(map, "x-en"));
    for (key, given) in [("x-zh", &words.zh), ("x-en", &words.en)] {
        if given.is_empty() {
            f.add(format!("{path}/{key}"), "请填写中英文名称", "the label is missing: both languages need one");
        }
    }
    words
}

fn flag(f: &mut Faults<'_>, path: &str, map: &Map<String, Value>, key: &str) -> bool {
    match map.get(key) {
        None => false,
        Some(Value::Bool(yes)) => *yes,
        Some(_) => {
            f.add(format!("{path}/{key}"), "应为 true 或 false", "must be true or false");
            false
        }
    }
}

fn named(f: &mut Faults<'_>, map: &Map<String, Value>, key: &str) -> Option<String> {
    let value = map.get(key)?;
    if !value.is_string() {
        f.add(format!("/{key}"), "应为字段名", "must be the name of a field");
    }
    value.as_str().map(str::to_owned)
}

fn list<'a>(f: &mut Faults<'_>, path: &str, value: Option<&'a Value>) -> &'a [Value] {
    match value {
        None => &[],
        Some(Value::Array(items)) => items,
        Some(_) => {
            f.add(path, "应为列表", "must be a list");
            &[]
        }
    }
}

fn strings(f: &mut Faults<'_>, path: &str, value: Option<&Value>) -> Vec<String> {
    let mut all = Vec::new();
    for (at, item) in list(f, path, value).iter().enumerate() {
        match item.as_str() {
            Some(text) => all.push(text.to_owned()),
            None => f.add(format!("{path}/{at}"), "应为文字", "must be a text"),
        }
    }
    all
}

/// A list of names of things of ours.
fn codes<T: Copy>(
    f: &mut Faults<'_>,
    path: &str,
    value: Option<&Value>,
    needed: bool,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Vec<T> {
    let known = keyword_list(all.iter().map(|one| name(*one)));
    let mut read = Vec::new();
    for (at, text) in strings(f, path, value).iter().enumerate() {
        match all.iter().find(|one| name(**one) == text) {
            Some(one) => read.push(*one),
            None => f.add(
                format!("{path}/{at}"),
                format!("没有“{text}”，可选：{known}"),
                format!("there is no '{text}'; choose from {known}"),
            ),
        }
    }
    if needed && read.is_empty() {
        f.add(path, format!("至少选一项：{known}"), format!("name at least one of {known}"));
    }
    read
}
