//! Forms.

use records::forms::{Coded, Field, FieldKind, Form, Part, TechniqueInfo, Words};
use serde::Serialize;
use utoipa::ToSchema;

/// A text in both languages.
#[derive(Debug, Serialize, ToSchema)]
pub struct Label {
    zh: String,
    en: String,
}

impl From<&Words> for Label {
    fn from(words: &Words) -> Self {
        Self { zh: words.zh.clone(), en: words.en.clone() }
    }
}

/// A code with its label.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeView {
    code: String,
    label: Label,
}

impl From<&Coded> for CodeView {
    fn from(coded: &Coded) -> Self {
        Self { code: coded.code.clone(), label: (&coded.label).into() }
    }
}

/// A part of a text that is put together with colons.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartView {
    name: String,
    label: Label,
    unit: String,
    kind: String,
}

impl From<&Part> for PartView {
    fn from(part: &Part) -> Self {
        Self {
            name: part.name.clone(),
            label: (&part.label).into(),
            unit: part.unit.clone(),
            kind: part.kind.name().to_owned(),
        }
    }
}

/// A field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FormField)]
#[expect(clippy::struct_excessive_bools, reason = "what a form's author says of a field")]
pub struct FieldView {
    name: String,
    label: Label,
    /// `text`, `parts`, `date`, `date_time`, `whole`, `number`, `yes_no`, `choice`, `person`, `asset`, `lot`
    kind: String,
    /// text of more than a line
    long: bool,
    /// several of them
    list: bool,
    required: bool,
    unit: String,
    least: Option<f64>,
    most: Option<f64>,
    longest: Option<u64>,
    /// heading it stands under
    group: Option<String>,
    hint: Option<Label>,
    codes: Vec<CodeView>,
    parts: Vec<PartView>,
    /// only for these techniques; empty means for all
    techniques: Vec<String>,
    /// not offered any more
    retired: bool,
}

impl From<&Field> for FieldView {
    fn from(field: &Field) -> Self {
        let parts: &[Part] = match &field.kind {
            FieldKind::Parts(parts) => parts,
            _ => &[],
        };
        Self {
            name: field.name.clone(),
            label: (&field.label).into(),
            kind: field.kind.name().to_owned(),
            long: matches!(field.kind, FieldKind::Text { long: true }),
            list: field.list,
            required: field.required,
            unit: field.unit.clone(),
            least: field.least.map(|(limit, _)| limit),
            most: field.most.map(|(limit, _)| limit),
            longest: field.longest,
            group: field.group.clone(),
            hint: field.hint.as_ref().map(Into::into),
            codes: field.codes().iter().map(Into::into).collect(),
            parts: parts.iter().map(Into::into).collect(),
            techniques: field.techniques.iter().map(|one| one.name().to_owned()).collect(),
            retired: field.retired,
        }
    }
}

/// A form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Form)]
pub struct FormView {
    name: String,
    edition: u32,
    label: Label,
    source: String,
    /// `case`, `person`, `hospital`, `lot`
    about: Vec<String>,
    /// only for these techniques; empty means for all
    techniques: Vec<String>,
    /// may be filled in several times about the same thing
    repeats: bool,
    /// roles that may fill it in
    writes: Vec<String>,
    /// headings, in order
    groups: Vec<CodeView>,
    fields: Vec<FieldView>,
    /// the field that is the record's day
    day: Option<String>,
    /// the field that says until when it holds
    until: Option<String>,
}

impl From<&Form> for FormView {
    fn from(form: &Form) -> Self {
        Self {
            name: form.name.clone(),
            edition: form.edition,
            label: (&form.label).into(),
            source: form.source.clone(),
            about: form.about.iter().map(|kind| kind.name().to_owned()).collect(),
            techniques: form.techniques.iter().map(|one| one.name().to_owned()).collect(),
            repeats: form.repeats,
            writes: form.writes.iter().map(|role| role.name().to_owned()).collect(),
            groups: form
                .steps
                .iter()
                .map(|step| CodeView { code: step.code.clone(), label: (&step.label).into() })
                .collect(),
            fields: form.fields.iter().map(Into::into).collect(),
            day: form.day.clone(),
            until: form.until.clone(),
        }
    }
}

/// A technique with its ways.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Technique)]
pub struct TechniqueView {
    code: String,
    label: Label,
    routes: Vec<CodeView>,
    methods: Vec<CodeView>,
}

impl From<&TechniqueInfo> for TechniqueView {
    fn from(info: &TechniqueInfo) -> Self {
        Self {
            code: info.technique.name().to_owned(),
            label: (&info.label).into(),
            routes: info.routes.iter().map(Into::into).collect(),
            methods: info.methods.iter().map(Into::into).collect(),
        }
    }
}

/// All forms and techniques.
#[derive(Debug, Serialize, ToSchema)]
pub struct Forms {
    /// in the order of pages
    pub rows: Vec<FormView>,
    /// techniques
    pub techniques: Vec<TechniqueView>,
}
