//! The package as a workbook: the same content, for whoever types it into a platform by hand.

use std::collections::BTreeMap;
use std::io::{Seek, Write};

use jiff::Timestamp;
use records::forms::{Forms, Words};
use serde_json::Value;

use super::Package;
use crate::register::fact_label;
use crate::table::{Cell, Column, Kind, Table};
use crate::write::{Archive, Format, WriteError};

impl Package {
    /// Writes the package as XLSX: a sheet that says what it is, a sheet of cases, a sheet for each form of which a case has several
    /// records, and the dictionary.
    pub fn xlsx<W: Write + Seek + Send>(&self, out: W, made: Timestamp) -> Result<(), WriteError> {
        let mut archive = Archive::new(out, Format::Xlsx, made)?;
        self.about(&mut archive)?;
        let cases = self.content["cases"].as_array().map(Vec::as_slice).unwrap_or_default();
        let flat: Vec<Flat> = cases.iter().map(flatten).collect();
        write(&mut archive, "cases", &Words::new("病例", "Cases"), &flat)?;
        let mut lists: BTreeMap<&str, Vec<Flat>> = BTreeMap::new();
        for case in cases {
            let number = case["case_number"].as_str().unwrap_or_default();
            for (form, entries) in case.as_object().into_iter().flatten() {
                for entry in entries.as_array().into_iter().flatten() {
                    let mut row = Flat::from([("case_number".to_owned(), Value::from(number))]);
                    row.extend(flatten(entry));
                    lists.entry(form).or_default().push(row);
                }
            }
        }
        let forms = Forms::builtin();
        for (form, rows) in lists {
            let label = forms.get(form).map(|form| form.label.clone()).unwrap_or_default();
            write(&mut archive, form, &label, &rows)?;
        }
        archive.finish()
    }

    fn about<W: Write + Seek + Send>(&self, archive: &mut Archive<W>) -> Result<(), WriteError> {
        let columns = vec![
            Column::new("name", Kind::Text, "项目", "what").always(),
            Column::new("value", Kind::Text, "内容", "value").always(),
        ];
        let table = Table { name: "package".to_owned(), label: Words::new("上报包", "Package"), columns };
        let mut rows = vec![vec![Cell::text("sha256_of_json"), Cell::text(self.digest.to_string())]];
        let mut rest = self.content.clone();
        rest.as_object_mut().map(|all| all.remove("cases"));
        rows.extend(flatten(&rest).into_iter().map(|(name, value)| vec![Cell::text(name), plain(&value)]));
        for (definition, number) in self.content["definitions"].as_array().into_iter().flatten().zip(1..) {
            for key in ["pack", "edition", "sha256"] {
                rows.push(vec![Cell::text(format!("definitions.{number}.{key}")), plain(&definition[key])]);
            }
        }
        archive.table(&table, rows)
    }
}

/// Values of nested objects under names joined with points; lists of objects are left out, for they are tables of their own.
type Flat = BTreeMap<String, Value>;

fn flatten(value: &Value) -> Flat {
    let mut flat = Flat::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::Object(_) => {
                flat.extend(flatten(value).into_iter().map(|(inner, value)| (format!("{name}.{inner}"), value)));
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {}
            other => drop(flat.insert(name.clone(), other.clone())),
        }
    }
    flat
}

fn plain(value: &Value) -> Cell {
    Cell::of(Kind::Text, Some(value))
}

fn write<W: Write + Seek + Send>(
    archive: &mut Archive<W>,
    name: &str,
    label: &Words,
    rows: &[Flat],
) -> Result<(), WriteError> {
    let mut kinds: BTreeMap<&str, Kind> = BTreeMap::new();
    for (name, value) in rows.iter().flatten() {
        let kind = kind_of(name, value);
        kinds.entry(name).and_modify(|there| *there = joined(*there, kind)).or_insert(kind);
    }
    let mut columns: Vec<Column> = kinds.iter().map(|(column, kind)| named(name, column, *kind)).collect();
    // the case's number first
    columns.sort_by_key(|column| column.name != "case_number");
    let table = Table { name: name.to_owned(), label: label.clone(), columns };
    archive.begin(&table)?;
    for row in rows {
        let cells: Vec<Cell> =
            table.columns.iter().map(|column| Cell::of(column.kind, row.get(&column.name))).collect();
        archive.row(&cells)?;
    }
    Ok(())
}

fn kind_of(name: &str, value: &Value) -> Kind {
    match value {
        Value::Bool(_) => Kind::YesNo,
        Value::Number(number) if number.is_i64() || number.is_u64() => Kind::Whole,
        Value::Number(_) => Kind::Number,
        Value::String(text) if text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10 => Kind::Date,
        Value::String(text) if name.ends_with("_at") && text.parse::<Timestamp>().is_ok() => Kind::Moment,
        _ => Kind::Text,
    }
}

fn joined(one: Kind, other: Kind) -> Kind {
    match (one, other) {
        (one, other) if one == other => one,
        (Kind::Whole | Kind::Number, Kind::Whole | Kind::Number) => Kind::Number,
        _ => Kind::Text,
    }
}

/// A column with its label: of the form's field, or of the fact.
fn named(table: &str, column: &str, kind: Kind) -> Column {
    let forms = Forms::builtin();
    let field =
        |form: &str, name: &str| forms.get(form)?.field(name).map(|field| (field.label.clone(), field.unit.clone()));
    let (head, tail) = column.split_once('.').unwrap_or((table, column));
    let fact = (head == "facts").then(|| tail.parse().ok().map(|fact| (fact_label(fact), String::new()))).flatten();
    let (label, unit) = fact.or_else(|| field(head, tail)).unwrap_or_else(|| (own(column), String::new()));
    Column { unit, ..Column::new(column, kind, &label.zh, &label.en) }
}

/// Labels of what is no form's field.
fn own(column: &str) -> Words {
    let (zh, en) = match column {
        "case_number" => ("病例编号", "case number"),
        "attempt" => ("第几次上报", "attempt"),
        "patient.number" => ("患者编号", "the hospital's number of the patient"),
        "patient.sex" => ("性别", "sex"),
        "patient.age_years" => ("治疗时年龄", "age at the procedure, years"),
        "technique" => ("技术", "technique"),
        "route" => ("途径", "route"),
        "method" => ("方法", "method"),
        "site" => ("部位", "site"),
        "operator.name" => ("术者姓名", "who did the procedure"),
        "operator.staff_number" => ("术者工号", "staff number of who did the procedure"),
        "treated_on" => ("治疗日期", "day of the procedure"),
        "discharged_on" => ("出院日期", "day of discharge"),
        "died_on" => ("死亡日期", "day of death"),
        "alive_on" => ("末次存活日期", "last known alive"),
        "seeds_in_patient" => ("体内粒子数", "seeds in the patient"),
        other => (other, other),
    };
    Words::new(zh, en)
}
