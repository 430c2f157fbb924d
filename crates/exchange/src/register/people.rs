//! People and hospitals.

use records::forms::Words;
use records::person::Profession;
use records::{Hospital, Person};

use super::id;
use crate::table::{Cell, Column, Kind, Table};

fn profession_zh(profession: Profession) -> &'static str {
    match profession {
        Profession::Physician => "医师",
        Profession::Physicist => "物理师",
        Profession::Nurse => "护士",
        Profession::Technician => "技术人员",
        Profession::Custodian => "源库管理员",
    }
}

/// The table of people; names and staff numbers only where it may identify them.
pub fn people(identifying: bool) -> Table {
    let mut columns = vec![
        Column::new("person_id", Kind::Text, "人员标识", "identifier of the person").always(),
        Column::new("hospital_id", Kind::Text, "医院标识", "identifier of the hospital").always(),
    ];
    if identifying {
        columns.push(Column::new("staff_number", Kind::Text, "工号", "staff number"));
        columns.push(Column::new("name", Kind::Text, "姓名", "name").always());
    }
    columns.push(
        Column::new("profession", Kind::Text, "职业", "profession")
            .always()
            .codes(Profession::ALL.map(|one| (one.name(), profession_zh(one), one.name()))),
    );
    columns.push(Column::new("active", Kind::YesNo, "在岗", "works here").always());
    columns.push(Column::new("created", Kind::Moment, "建立时间", "when the person was entered").always());
    Table { name: "people".to_owned(), label: Words::new("人员", "People"), columns }
}

/// A person as a row of [`people`].
pub fn person_row(person: &Person, identifying: bool) -> Vec<Cell> {
    let mut row = vec![id(&person.id), id(&person.hospital)];
    if identifying {
        row.push(Cell::text(person.number.as_str()));
        row.push(Cell::text(person.name.as_str()));
    }
    row.extend([Cell::text(person.profession.name()), Cell::YesNo(person.active), Cell::utc(person.created)]);
    row
}

/// The table of hospitals.
pub fn hospitals() -> Table {
    let columns = vec![
        Column::new("hospital_id", Kind::Text, "医院标识", "identifier of the hospital").always(),
        Column::new("code", Kind::Text, "医疗机构登记号", "code it is registered under").always(),
        Column::new("name", Kind::Text, "名称", "name").always(),
        Column::new("active", Kind::YesNo, "参加", "takes part").always(),
        Column::new("created", Kind::Moment, "建立时间", "when it was entered").always(),
    ];
    Table { name: "hospitals".to_owned(), label: Words::new("医院", "Hospitals"), columns }
}

/// A hospital as a row of [`hospitals`].
pub fn hospital_row(hospital: &Hospital) -> Vec<Cell> {
    vec![
        id(&hospital.id),
        Cell::text(hospital.code.as_str()),
        Cell::text(hospital.name.as_str()),
        Cell::YesNo(hospital.active),
        Cell::utc(hospital.created),
    ]
}
