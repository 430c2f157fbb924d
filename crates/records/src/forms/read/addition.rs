//! Fields that a hospital or a study adds to a form that is there.

use serde_json::{Map, Value};

use super::fault::{Fault, Faults};
use super::{build, keyword_list, object, unknown_keywords};
use crate::forms::form::Form;

const KEYWORDS: &[&str] =
    &["$schema", "$comment", "title", "x-extends", "x-steps", "required", "properties", "allOf", "x-compare"];
/// What is joined to the form's own lists.
const LISTS: [&str; 4] = ["x-steps", "required", "allOf", "x-compare"];

/// The text of a file that adds fields.
pub(in crate::forms) struct Addition {
    /// to which form
    pub form: String,
    value: Map<String, Value>,
    order: Vec<String>,
}

/// Reads an addition; `None` where the text is a form of its own.
pub(in crate::forms) fn addition(file: &str, text: &str) -> Result<Option<Addition>, Vec<Fault>> {
    let (value, order) = object(file, text)?;
    let Some(extends) = value.get("x-extends") else { return Ok(None) };
    let mut faults = Faults::of(file);
    unknown_keywords(&mut faults, "", &value, KEYWORDS);
    let form = extends.as_str().map(str::to_owned);
    if form.is_none() {
        faults.add("/x-extends", "请写明要增加字段的表单名称", "say the name of the form that gets the fields");
    }
    if order.is_empty() {
        faults.add("/properties", "没有增加任何字段", "no field is added: write them under properties");
    }
    for name in &order {
        if !name.starts_with("x_") {
            faults.add(
                format!("/properties/{name}"),
                format!("增加的字段名须以 x_ 开头，例如 x_{name}"),
                format!("the name of an added field begins with x_: call it x_{name}"),
            );
        }
    }
    for list in LISTS {
        if value.get(list).is_some_and(|items| !items.is_array()) {
            faults.add(format!("/{list}"), "应为列表", "must be a list");
        }
    }
    faults.or(form.map(|form| Some(Addition { form, value, order })))
}

impl Addition {
    /// There is no form of this name to add to.
    pub fn no_such_form(&self, file: &str, names: &[String]) -> Fault {
        let known = keyword_list(names.iter().map(String::as_str));
        Fault {
            file: file.to_owned(),
            path: "/x-extends".to_owned(),
            zh: format!("没有名为“{}”的表单；现有：{known}", self.form),
            en: format!("there is no form '{}'; choose one of {known}", self.form),
        }
    }

    /// The form with the fields added.
    pub fn to(&self, file: &str, form: &Form) -> Result<Form, Vec<Fault>> {
        let mut schema = form.schema.as_object().cloned().unwrap_or_default();
        let mut order = form.order.clone();
        let mut faults = Faults::of(file);
        let mut properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        for name in &self.order {
            let Some(field) = self.value.get("properties").and_then(|fields| fields.get(name)) else { continue };
            if properties.insert(name.clone(), field.clone()).is_some() {
                faults.add(
                    format!("/properties/{name}"),
                    "该字段已经存在，请换一个名称",
                    "there is such a field already: choose another name",
                );
            } else {
                order.push(name.clone());
            }
        }
        schema.insert("properties".to_owned(), Value::Object(properties));
        let mut before = Vec::new();
        for list in LISTS {
            let mut items = schema.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
            before.push((format!("/{list}/"), items.len()));
            items.extend(self.value.get(list).and_then(Value::as_array).into_iter().flatten().cloned());
            if !items.is_empty() {
                schema.insert(list.to_owned(), Value::Array(items));
            }
        }
        faults.or(Some(()))?;
        build(file, &form.name, schema, order).map_err(|faults| {
            faults.into_iter().map(|fault| Fault { path: in_file(&fault.path, &before), ..fault }).collect()
        })
    }
}

/// A path in the joined form as a path in the file that adds to it: its lists begin where the form's own end.
fn in_file(path: &str, before: &[(String, usize)]) -> String {
    for (list, length) in before {
        let Some(rest) = path.strip_prefix(list.as_str()) else { continue };
        let (number, tail) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if let Some(number) = number.parse::<usize>().ok().and_then(|number| number.checked_sub(*length)) {
            return format!("{list}{number}{tail}");
        }
    }
    path.to_owned()
}
