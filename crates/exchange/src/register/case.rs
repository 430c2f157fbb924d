//! Cases and patients.

use records::forms::{Coded, Techniques, Words};
use records::{Case, Patient};

use super::{day, id, id_of};
use crate::table::{Cell, Column, Kind, Table};

/// The table of cases.
pub fn cases() -> Table {
    let text = |name, zh, en| Column::new(name, Kind::Text, zh, en);
    let techniques = Techniques::builtin();
    let labels =
        |codes: &'static [Coded]| codes.iter().map(|c| (c.code.as_str(), c.label.zh.as_str(), c.label.en.as_str()));
    let columns = vec![
        text("case_id", "病例标识", "identifier of the case").always(),
        text("case_number", "病例编号", "the service's number").always(),
        text("patient_id", "患者标识", "identifier of the patient").always(),
        text("hospital_id", "医院标识", "identifier of the hospital"),
        text("technique", "技术", "technique").always().codes(
            techniques.all().iter().map(|info| (info.technique.name(), info.label.zh.as_str(), info.label.en.as_str())),
        ),
        text("route", "途径", "route").codes(techniques.all().iter().flat_map(|info| labels(&info.routes))),
        text("method", "方法", "method").codes(techniques.all().iter().flat_map(|info| labels(&info.methods))),
        text("site", "部位", "where in the body"),
        text("diagnosis", "诊断", "diagnosis in words"),
        Column::new("treated_on", Kind::Date, "治疗日期", "day of the procedure, as the case has it"),
        Column::new("prescription_gy", Kind::Number, "处方剂量", "prescribed dose").unit("Gy"),
        text("seed_model", "粒子型号", "seed model"),
        Column::new("strength_u", Kind::Number, "单粒空气比释动能强度", "air-kerma strength of one seed").unit("U"),
        Column::new("seeds_planned", Kind::Whole, "计划粒子数", "seeds to be implanted"),
        text("physician_account", "主管医师账号", "account of the responsible physician"),
        text("physicist_account", "物理师账号", "account of the responsible physicist"),
        Column::new("imaging_due", Kind::Date, "术后影像应完成日期", "when the post-implant scan is due"),
        Column::new("follow_up_due", Kind::Date, "下次随访日期", "when the patient should be seen next"),
        Column::new("withdrawn", Kind::YesNo, "已撤销", "opened in error").always(),
        text("notes", "备注", "notes"),
        Column::new("created", Kind::Moment, "建立时间", "when it was opened").always(),
    ];
    Table { name: "cases".to_owned(), label: Words::new("病例", "Cases"), columns }
}

/// A case as a row of [`cases`].
pub fn case_row(case: &Case) -> Vec<Cell> {
    let number = |value: Option<f64>| value.map_or(Cell::Empty, Cell::Number);
    vec![
        id(&case.id),
        Cell::text(case.number.as_str()),
        id(&case.patient),
        id_of(case.hospital.as_ref()),
        Cell::text(case.technique.name()),
        Cell::text(case.route.as_str()),
        Cell::text(case.method.as_str()),
        Cell::text(case.site.as_str()),
        Cell::text(case.diagnosis.as_str()),
        day(case.implanted_on),
        number(case.intent.prescription_gy),
        Cell::text(case.intent.model.clone().unwrap_or_default()),
        number(case.intent.strength_u),
        case.intent.count.map_or(Cell::Empty, |count| Cell::Whole(i64::from(count))),
        id_of(case.physician.as_ref()),
        id_of(case.physicist.as_ref()),
        day(case.imaging_due),
        day(case.follow_up_due),
        Cell::YesNo(case.withdrawn),
        Cell::text(case.notes.as_str()),
        Cell::utc(case.created),
    ]
}

/// The table of patients: identity, for exports that may hold it.
pub fn patients() -> Table {
    let columns = vec![
        Column::new("patient_id", Kind::Text, "患者标识", "identifier of the patient").always(),
        Column::new("patient_number", Kind::Text, "患者编号", "the hospital's number of the patient"),
        Column::new("name", Kind::Text, "姓名", "name"),
        Column::new("birth_date", Kind::Date, "出生日期", "date of birth"),
        Column::new("sex", Kind::Text, "性别", "sex").codes([
            ("M", "男", "male"),
            ("F", "女", "female"),
            ("O", "其他", "other"),
        ]),
    ];
    Table { name: "patients".to_owned(), label: Words::new("患者", "Patients"), columns }
}

/// A patient as a row of [`patients`].
pub fn patient_row(patient: &Patient) -> Vec<Cell> {
    vec![
        id(&patient.id),
        Cell::text(patient.number.as_str()),
        Cell::text(patient.name.as_str()),
        day(patient.birth_date),
        Cell::text(patient.sex.as_str()),
    ]
}
