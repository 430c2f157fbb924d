//! Facts of cases: days, one column a fact, numbers.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use records::forms::Words;
use records::{Fact, Facts};
use serde::Deserialize;

use super::{day, id, id_of};
use crate::table::{Cell, Column, Kind, Table};

#[derive(Default, Deserialize)]
struct Labels {
    zh: BTreeMap<String, String>,
    en: BTreeMap<String, String>,
}

static LABELS: LazyLock<Labels> = LazyLock::new(|| {
    // a test reads the file and asks for a label of every fact
    toml::from_str(include_str!("../../../../data/exchange/facts.toml")).unwrap_or_default()
});

/// What a fact is called.
pub fn fact_label(fact: Fact) -> Words {
    let of = |labels: &BTreeMap<String, String>| labels.get(fact.name()).cloned().unwrap_or_default();
    Words::new(of(&LABELS.zh), of(&LABELS.en))
}

/// What is known of a case, after the identifiers; `day` makes the column of a day, which a study may number instead.
pub(crate) fn fact_columns(day: impl Fn(&str, &str, &str) -> Column) -> Vec<Column> {
    let whole = |name, zh, en| Column::new(name, Kind::Whole, zh, en);
    let mut columns = vec![
        day("treated_on", "治疗日期", "day of the procedure"),
        day("discharged_on", "出院日期", "day of discharge"),
        day("died_on", "死亡日期", "day of death, or of the visit at which it was learnt"),
        day("alive_on", "末次存活日期", "last day on which the patient is known to have lived"),
        day("due_on", "下次随访日期", "when the patient should be seen next"),
        whole(
            "lived_months",
            "已知存活月数",
            "whole months after the procedure that the patient is known to have lived",
        ),
        whole("lesions_planned", "计划治疗病灶数", "lesions that were to be treated"),
        whole("lesions_done", "实际治疗病灶数", "lesions that were treated"),
        whole("seeds", "体内粒子数", "seeds in the patient"),
    ];
    columns.extend(Fact::ALL.iter().map(|fact| {
        let label = fact_label(*fact);
        let column = Column::new(fact.name(), Kind::YesNo, &label.zh, &label.en).always();
        Column { source: "docs/methods/indicators.md".to_owned(), ..column }
    }));
    columns
}

/// The table of facts.
pub fn facts() -> Table {
    let mut columns = vec![
        Column::new("case_id", Kind::Text, "病例标识", "identifier of the case").always(),
        Column::new("patient_id", Kind::Text, "患者标识", "identifier of the patient").always(),
        Column::new("hospital_id", Kind::Text, "医院标识", "identifier of the hospital"),
        Column::new("operator_id", Kind::Text, "术者标识", "identifier of who did the procedure"),
    ];
    columns.extend(fact_columns(|name, zh, en| Column::new(name, Kind::Date, zh, en)));
    Table { name: "facts".to_owned(), label: Words::new("病例事实", "Facts of cases"), columns }
}

/// The facts of a case as a row of [`facts`].
pub fn fact_row(facts: &Facts) -> Vec<Cell> {
    let whole = |number: u32| Cell::Whole(i64::from(number));
    let mut row = vec![
        id(&facts.case),
        id(&facts.patient),
        id_of(facts.hospital.as_ref()),
        id_of(facts.operator.as_ref()),
        day(facts.treated),
        day(facts.discharged),
        day(facts.died),
        day(facts.alive),
        day(facts.due),
        facts.lived_months().map_or(Cell::Empty, whole),
        whole(facts.lesions_planned),
        whole(facts.lesions_done),
        whole(facts.seeds),
    ];
    row.extend(Fact::ALL.iter().map(|fact| Cell::YesNo(facts.set.has(*fact))));
    row
}
