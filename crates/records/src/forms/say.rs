//! What is wrong with a field, in words that whoever fills it in can act on, in Chinese and English.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Why;
use serde_json::Value;

use super::check::FieldError;
use super::field::{Field, FieldKind, Part};
use super::form::{Compare, Form, Order};

/// Whether an error is of a rule that joins fields.
pub(super) fn is_of_rule(error: &ValidationError<'_>) -> bool {
    error.schema_path().as_str().starts_with("/allOf/")
}

/// What one error of the validator says about fields.
pub(super) fn errors(form: &Form, error: &ValidationError<'_>) -> Vec<FieldError> {
    let schema = segments(error.schema_path().as_str());
    if let [first, number, ..] = schema.as_slice()
        && first == "allOf"
    {
        // a rule that joins fields says itself what is wrong
        let rule = number.parse::<usize>().ok().and_then(|number| form.because.get(number));
        return rule.map(|rule| broken(form, &rule.field, &rule.words.zh, &rule.words.en)).into_iter().collect();
    }
    let place = segments(error.instance_path().as_str());
    if place.is_empty() {
        return of_form(form, error.kind());
    }
    let Some(field) = place.first().and_then(|name| form.field(name)) else { return vec![odd(error)] };
    let entry = place.get(1).and_then(|number| number.parse::<usize>().ok());
    let (zh, en) = of_field(field, entry.is_some(), error.kind());
    let (zh, en) = match entry {
        Some(number) => (format!("第 {} 项{zh}", number + 1), format!("entry {}: {en}", number + 1)),
        None => (zh, en),
    };
    vec![about(field, &zh, &en)]
}

/// A sentence about a field.
pub(super) fn about(field: &Field, zh: &str, en: &str) -> FieldError {
    FieldError {
        field: field.name.clone(),
        zh: format!("“{}”{zh}", field.label.zh),
        en: format!("{}: {en}", field.label.en),
    }
}

/// Two fields that are not in order.
pub(super) fn order(form: &Form, pair: &Compare) -> FieldError {
    let label = |name: &str| form.field(name).map(|field| field.label.clone()).unwrap_or_default();
    let (one, other) = (label(&pair.field), label(&pair.with));
    let (zh, en) = match pair.order {
        Order::NotBefore => ("不能早于", "must not be before"),
        Order::AtMost => ("不能大于", "must not be more than"),
    };
    FieldError {
        field: pair.field.clone(),
        zh: format!("“{}”{zh}“{}”", one.zh, other.zh),
        en: format!("{}: {en} '{}'", one.en, other.en),
    }
}

/// A text that is not of its parts.
pub(super) fn parts(field: &Field, parts: &[Part], text: &str) -> FieldError {
    let unit = |part: &Part| if part.unit.is_empty() { String::new() } else { format!(" {}", part.unit) };
    let zh = parts.iter().map(|part| format!("{}{}", part.label.zh, unit(part))).collect::<Vec<_>>().join(":");
    let en = parts.iter().map(|part| format!("{}{}", part.label.en, unit(part))).collect::<Vec<_>>().join(":");
    let text: String = text.chars().take(40).collect();
    about(field, &format!("中的“{text}”应写作“{zh}”"), &format!("'{text}' must be written as '{en}'"))
}

fn of_form(form: &Form, why: &Why) -> Vec<FieldError> {
    match why {
        Why::Required { property: Value::String(name) } => form
            .field(name)
            .map(|field| FieldError {
                field: name.clone(),
                zh: format!("请填写“{}”", field.label.zh),
                en: format!("{}: fill it in", field.label.en),
            })
            .into_iter()
            .collect(),
        Why::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| FieldError {
                field: name.clone(),
                zh: format!("“{}”没有字段“{name}”：请删去，或由管理员将其加入表单", form.label.zh),
                en: format!("{} has no field '{name}': take it out, or have it added to the form", form.label.en),
            })
            .collect(),
        Why::MinProperties { limit } => vec![FieldError {
            field: String::new(),
            zh: format!("填写内容太少：请至少填写 {limit} 项"),
            en: format!("too little is filled in: at least {limit} fields"),
        }],
        _ => vec![FieldError {
            field: String::new(),
            zh: "填写的内容不符合表单要求，请核对".to_owned(),
            en: "what is filled in does not fit the form: check it".to_owned(),
        }],
    }
}

fn of_field(field: &Field, entry: bool, why: &Why) -> (String, String) {
    let say = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
    match why {
        Why::Type { .. } if field.list && !entry => say("应为列表", "must be a list"),
        Why::Type { .. } | Why::Format { .. } => wanted(&field.kind),
        Why::Enum { .. } => {
            let list = |words: fn(&super::Coded) -> &str, joint: &str| {
                field.codes().iter().map(words).collect::<Vec<_>>().join(joint)
            };
            (
                format!("请从中选择：{}", list(|code| &code.label.zh, "、")),
                format!("choose one of: {}", list(|code| &code.code, ", ")),
            )
        }
        Why::Minimum { .. } | Why::Maximum { .. } | Why::ExclusiveMinimum { .. } | Why::ExclusiveMaximum { .. } => {
            range(field)
        }
        Why::MultipleOf { .. } => {
            let step = field.step.unwrap_or(1.0);
            (format!("应为 {step} 的倍数"), format!("must be a multiple of {step}"))
        }
        Why::Pattern { .. } => match &field.hint {
            Some(hint) => (format!("格式不对：{}", hint.zh), format!("is not written as it must be: {}", hint.en)),
            None => say("格式不对，请核对", "is not written as it must be: check it"),
        },
        Why::MaxLength { limit } => (format!("不能超过 {limit} 个字"), format!("must have at most {limit} characters")),
        Why::MinLength { .. } => say("不能为空", "must not be empty"),
        Why::MinItems { limit } => (format!("至少填写 {limit} 项"), format!("needs at least {limit} entries")),
        Why::MaxItems { limit } => (format!("最多填写 {limit} 项"), format!("takes at most {limit} entries")),
        Why::UniqueItems => say("中有重复的项", "has an entry twice"),
        _ => say("填写有误，请核对", "is not right: check it"),
    }
}

fn wanted(kind: &FieldKind) -> (String, String) {
    let (zh, en) = match kind {
        FieldKind::Text { .. } | FieldKind::Parts(_) => ("应为文字", "must be text"),
        FieldKind::Date => (
            "请按 2026-03-01 的格式填写，日期须存在，年份在 1900 到 2200 之间",
            "write the day as 2026-03-01; it must exist, in the years 1900 to 2200",
        ),
        FieldKind::DateTime => (
            "请填写当地时间及时差，例如 2026-03-01T09:30:00+08:00（不用 Z）",
            "write the local time with its distance from UTC, as 2026-03-01T09:30:00+08:00 (not Z)",
        ),
        FieldKind::Whole => ("应为整数", "must be a whole number"),
        FieldKind::Number => ("应为数字", "must be a number"),
        FieldKind::YesNo => ("应为“是”或“否”", "must be yes or no (true or false)"),
        FieldKind::Choice(_) => ("请从选项中选择", "choose one of the options"),
        FieldKind::Reference(_) => ("请从名单中选择", "choose one from the list"),
    };
    (zh.to_owned(), en.to_owned())
}

/// The range of a number: `应在 0 到 100 之间`, `应大于 0 且不超过 50 cm`.
fn range(field: &Field) -> (String, String) {
    let unit = if field.unit.is_empty() { String::new() } else { format!(" {}", field.unit) };
    if let (Some((least, true)), Some((most, true))) = (field.least, field.most) {
        return (format!("应在 {least} 到 {most}{unit} 之间"), format!("must be between {least} and {most}{unit}"));
    }
    let mut zh = Vec::new();
    let mut en = Vec::new();
    if let Some((least, allowed)) = field.least {
        zh.push(format!("{} {least}", if allowed { "不小于" } else { "大于" }));
        en.push(format!("{} {least}", if allowed { "at least" } else { "more than" }));
    }
    if let Some((most, allowed)) = field.most {
        zh.push(format!("{} {most}", if allowed { "不超过" } else { "小于" }));
        en.push(format!("{} {most}", if allowed { "at most" } else { "below" }));
    }
    (format!("应{}{unit}", zh.join(" 且")), format!("must be {}{unit}", en.join(" and ")))
}

fn broken(form: &Form, field: &str, zh: &str, en: &str) -> FieldError {
    match form.field(field) {
        Some(found) => {
            FieldError { field: field.to_owned(), zh: zh.to_owned(), en: format!("{}: {en}", found.label.en) }
        }
        None => FieldError { field: field.to_owned(), zh: zh.to_owned(), en: en.to_owned() },
    }
}

fn odd(error: &ValidationError<'_>) -> FieldError {
    let place: String = error.instance_path().as_str().chars().take(60).collect();
    FieldError {
        field: String::new(),
        zh: format!("{place} 填写有误，请核对"),
        en: format!("{place} is not right: check it"),
    }
}

fn segments(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect()
}
