//! Lots of seeds, and their movements.

use records::forms::Words;
use records::sources::{Place, Step};
use records::{Lot, Movement};

use super::{id, id_of};
use crate::table::{Cell, Column, Kind, Table};

/// Codes of what can be done with seeds.
const STEPS: [(&str, &str, &str); 12] = [
    ("receive", "接收", "a delivery came in"),
    ("cancel", "取消", "part of the order will not come"),
    ("assay", "抽检", "taken for measurement"),
    ("store", "入库", "put into a safe"),
    ("quarantine", "隔离", "set aside"),
    ("issue", "发放", "handed out for a case"),
    ("implant", "植入", "implanted"),
    ("recover", "取出", "came out of the patient again"),
    ("return", "退回", "sent back"),
    ("dispose", "处置", "decayed or handed over as waste"),
    ("lose", "丢失", "found missing"),
    ("find", "找回", "a missing seed was found"),
];

/// Codes of where seeds are.
const PLACES: [(&str, &str, &str); 11] = [
    ("ordered", "订购", "still with the supplier"),
    ("cancelled", "取消", "never came"),
    ("received", "已接收", "not yet released for use"),
    ("assay", "抽检", "taken for measurement"),
    ("stored", "库存", "in a safe"),
    ("quarantine", "隔离", "set aside"),
    ("issued", "已发放", "handed out for a case"),
    ("implanted", "已植入", "in the patient"),
    ("returned", "已退回", "back with a licensed holder"),
    ("disposed", "已处置", "decayed or waste"),
    ("lost", "丢失", "missing"),
];

/// The table of lots.
pub fn lots() -> Table {
    let text = |name, zh, en| Column::new(name, Kind::Text, zh, en);
    let columns = vec![
        text("lot_id", "批次标识", "identifier of the lot").always(),
        text("hospital_id", "医院标识", "who owns it").always(),
        text("lot_number", "批号", "the manufacturer's lot number").always(),
        text("manufacturer", "生产企业", "who made it").always(),
        text("model", "型号", "seed model").always(),
        text("nuclide", "核素", "nuclide").always(),
        text("registration", "注册证号", "NMPA registration number"),
        Column::new("seeds", Kind::Whole, "粒子数", "seeds ordered").always(),
        Column::new(
            "strength_u",
            Kind::Number,
            "单粒空气比释动能强度",
            "air-kerma strength of one seed at the reference time",
        )
        .unit("U")
        .always(),
        Column::new("reference", Kind::Moment, "标定时间", "the moment that the strength was stated for").always(),
        Column::new("created", Kind::Moment, "建立时间", "when it was entered").always(),
    ];
    Table { name: "lots".to_owned(), label: Words::new("粒子批次", "Lots of seeds"), columns }
}

/// A lot as a row of [`lots`].
pub fn lot_row(lot: &Lot) -> Vec<Cell> {
    vec![
        id(&lot.id),
        id(&lot.hospital),
        Cell::text(lot.number.as_str()),
        Cell::text(lot.manufacturer.as_str()),
        Cell::text(lot.model.as_str()),
        Cell::text(lot.nuclide.as_str()),
        Cell::text(lot.registration.as_str()),
        Cell::Whole(i64::from(lot.count)),
        Cell::Number(lot.strength_u),
        Cell::utc(lot.reference),
        Cell::utc(lot.created),
    ]
}

/// The table of movements.
pub fn movements() -> Table {
    let text = |name, zh, en| Column::new(name, Kind::Text, zh, en);
    let columns = vec![
        text("movement_id", "移动标识", "identifier of the movement").always(),
        text("lot_id", "批次标识", "identifier of the lot").always(),
        Column::new("number", Kind::Whole, "序号", "place among the lot's movements").always(),
        Column::new("at", Kind::Moment, "时间", "when it happened").always(),
        text("step", "动作", "what was done").always().codes(STEPS),
        text("seeds", "粒子", "which seeds, by their numbers in the lot").always(),
        Column::new("count", Kind::Whole, "粒数", "how many").always(),
        text("from", "从", "from where").always().codes(PLACES),
        text("from_of", "从（保险柜或病例）", "from which safe or case"),
        text("to", "到", "to where").always().codes(PLACES),
        text("to_of", "到（保险柜或病例）", "to which safe or case"),
        text("evidence", "凭证", "identifier of the record that shows it"),
        text("by_account", "录入账号", "account of who entered it").always(),
        text("note", "备注", "note"),
    ];
    Table { name: "movements".to_owned(), label: Words::new("粒子移动", "Movements of seeds"), columns }
}

/// A movement as a row of [`movements`].
pub fn movement_row(movement: &Movement) -> Vec<Cell> {
    let (from, from_of) = place(&movement.from);
    let (to, to_of) = place(&movement.to);
    vec![
        id(&movement.id),
        id(&movement.lot),
        Cell::Whole(i64::from(movement.number)),
        Cell::utc(movement.at),
        Cell::text(step(movement.step)),
        Cell::text(movement.seeds.to_string()),
        Cell::Whole(i64::from(movement.seeds.len())),
        from,
        from_of,
        to,
        to_of,
        id_of(movement.evidence.as_ref()),
        id(&movement.by),
        Cell::text(movement.note.as_str()),
    ]
}

fn place(place: &Place) -> (Cell, Cell) {
    let (name, of) = match place {
        Place::Ordered => ("ordered", String::new()),
        Place::Cancelled => ("cancelled", String::new()),
        Place::Received => ("received", String::new()),
        Place::Assay => ("assay", String::new()),
        Place::Stored(safe) => ("stored", safe.clone()),
        Place::Quarantine => ("quarantine", String::new()),
        Place::Issued(case) => ("issued", case.to_string()),
        Place::Implanted(case) => ("implanted", case.to_string()),
        Place::Returned => ("returned", String::new()),
        Place::Disposed => ("disposed", String::new()),
        Place::Lost => ("lost", String::new()),
    };
    (Cell::text(name), Cell::text(of))
}

fn step(step: Step) -> &'static str {
    match step {
        Step::Receive => "receive",
        Step::Cancel => "cancel",
        Step::Assay => "assay",
        Step::Store => "store",
        Step::Quarantine => "quarantine",
        Step::Issue => "issue",
        Step::Implant => "implant",
        Step::Recover => "recover",
        Step::Return => "return",
        Step::Dispose => "dispose",
        Step::Lose => "lose",
        Step::Find => "find",
    }
}
