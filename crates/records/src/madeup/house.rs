//! What the hospital keeps: rooms, equipment, licences, rules, drills, incidents, evaluations, counts of indicators.

use serde_json::{Value, json};

use super::OPENED;
use super::book::{Book, When, later};
use super::staff::House;
use crate::{About, Id, Record};

/// Files everything that is about the hospital and not about seeds.
pub(super) fn keep(book: &mut Book, house: &mut House) {
    house.meter = Some(at_the_opening(book, house));
    over_the_year(book, house);
    evaluations(book, house);
    counts(book, house);
}

struct Files<'a> {
    book: &'a mut Book,
    house: &'a House,
    at: When,
}

impl Files<'_> {
    fn file(&mut self, form: &str, values: &Value) -> Id<Record> {
        self.at = self.at.later(1);
        self.book.enter(form, About::Hospital(self.house.hospital), self.at, self.house.admin, values)
    }

    fn on(&mut self, ago: i64, form: &str, values: &Value) {
        let at = When::new(self.book.ago(ago), 15, 0);
        self.book.enter(form, About::Hospital(self.house.hospital), at, self.house.quality, values);
    }

    fn ago(&self, days: i64) -> String {
        self.book.ago(days).to_string()
    }
}

fn at_the_opening(book: &mut Book, house: &House) -> Id<Record> {
    let at = When::new(book.ago(OPENED), 11, 0);
    let mut files = Files { book, house, at };
    let day = files.ago(OPENED);
    let departments = ["肿瘤科", "放射治疗科", "介入医学科", "核医学科"];
    let profile = |technique: &str, beds: u32| {
        json!({
            "technique": technique, "day": day, "level": "3a", "departments": departments, "beds_technique": beds,
            // two short of what the norm on ablation asks
            "beds_oncology": 28, "started_technique": "2015-06-01", "own_ablation_room": true, "pacu": true, "angiography": true,
            "sterile_room": true,
        })
    };
    for (technique, beds) in [("seed_implant", 36), ("ablation", 24), ("radiopharmaceutical", 12)] {
        files.file("profile", &profile(technique, beds));
    }
    let keeper = house.keeper.to_string();
    // the angiography was never connected to the archive
    let imaging = [
        ("us", "彩色超声", true),
        ("ct", "CT 模拟机", true),
        ("mri", "3.0T 磁共振", true),
        ("dsa", "血管造影机", false),
    ];
    for (kind, name, connected) in imaging {
        let asset = json!({
            "kind": kind, "name": name, "model": "M-1", "serial": format!("SN-{kind}"), "registration": "国械注进20153060001",
            "pacs_connected": connected, "guides": true,
        });
        files.file("asset", &asset);
    }
    let others = [
        ("endoscope", "电子内镜"),
        ("tps", "粒子植入治疗计划系统"),
        ("pacs", "影像管理系统"),
        ("rescue_kit", "抢救车"),
        ("seed_store", "粒子储存柜"),
        ("seed_transport", "铅罐"),
        ("survey_meter", "巡测仪"),
        ("ablation_device", "微波消融仪"),
    ];
    for (kind, name) in others {
        let asset = json!({
            "kind": kind, "name": name, "model": "M-2", "version": "3.1", "registration": "国械注准20173540002", "keeper": keeper,
        });
        files.file("asset", &asset);
    }
    let meter = json!({
        "kind": "activity_meter", "name": "井型电离室", "model": "HDR-1000", "serial": "A2207", "keeper": keeper,
        "calibrated_until": files.ago(-120),
    });
    let meter = files.file("asset", &meter);
    let nuclides = ["I-125:555", "I-131:1500", "Lu-177:900", "Ra-223:1", "Sr-89:20"];
    let licence = json!({
        "kind": "radiation_treatment", "number": "鲁卫放证字（2021）第0001号", "from": files.ago(1400), "until": files.ago(-430),
    });
    files.file("licence", &licence);
    // to be renewed within the look-ahead of the norms
    let licence = json!({
        "kind": "radiation_safety", "number": "鲁环辐证[00001]", "from": files.ago(1780), "until": files.ago(-40), "nuclides": nuclides,
    });
    files.file("licence", &licence);
    let rules = [
        ("emergency_plan", "粒子遗落、丢失、泄漏应急预案"),
        ("source_rules", "粒子采购、储存、使用、回收制度"),
        ("protection_measures", "放射防护措施"),
        ("follow_up_rules", "随访制度"),
        ("device_register_rules", "器材登记制度"),
        ("operating_rules", "操作规程"),
    ];
    for (kind, title) in rules {
        files.file("document", &json!({"kind": kind, "title": title, "from": day}));
    }
    // more than a year old on the last day
    let inspection = json!({"kind": "environment_inspection", "title": "年度评估报告", "from": files.ago(430)});
    files.on(430, "document", &inspection);
    let contacts = [
        ("head_of_department", "肿瘤科主任"),
        ("radiation_protection_officer", "辐射防护负责人"),
        ("police", "属地派出所"),
    ];
    for (order, (role, name)) in (1..).zip(contacts) {
        let contact = json!({"order": order, "role": role, "name": name, "telephone": format!("0531-8000000{order}")});
        files.file("contact", &contact);
    }
    meter
}

fn over_the_year(book: &mut Book, house: &House) {
    let at = When::new(book.ago(OPENED), 14, 0);
    let mut files = Files { book, house, at };
    let people: Vec<String> =
        [house.keeper, house.nurses[0], house.physicists[0]].iter().map(ToString::to_string).collect();
    for (ago, scenario) in [(520, "dropped"), (290, "lost"), (100, "leaking")] {
        let drill = json!({
            "day": files.ago(ago), "scenario": scenario, "minutes": 18, "found": true, "participants": people,
        });
        files.on(ago, "drill", &drill);
    }
    let moment = |files: &Files<'_>, ago, hour| When::new(files.book.ago(ago), hour, 20).text();
    // a device that was used again, found and closed; and a dropped seed of which nobody wrote down the end
    let reused = json!({
        "kind": "device_reused", "discovered_at": moment(&files, 210, 9), "words": "一次性消融针复用，已停用并培训",
        "closed_at": moment(&files, 203, 16), "how_closed": "停用，重新培训",
    });
    files.on(203, "incident", &reused);
    let dropped = json!({"kind": "dropped", "discovered_at": moment(&files, 45, 10), "place": "手术室 3", "words": "术中粒子遗落地面"});
    files.on(45, "incident", &dropped);
}

const OF_BOTH: [&str; 6] =
    ["case_selection", "severe_complications", "after_care", "quality_of_life", "follow_up", "record_quality"];

fn evaluations(book: &mut Book, house: &House) {
    let at = When::new(book.ago(125), 16, 0);
    let evaluation = |technique: &str, own: &[&str]| {
        let day = at.day;
        let mut values = json!({
            "technique": technique, "day": day.to_string(), "conclusion": "passed", "next_due": later(day, 365).to_string(),
        });
        for item in OF_BOTH.iter().chain(own) {
            values[*item] = true.into();
        }
        values
    };
    let seeds = evaluation("seed_implant", &["effectiveness", "drug_reactions", "malpractice"]);
    let ablation = evaluation("ablation", &["success_rate", "deaths", "adverse_events"]);
    let mut all = vec![(About::Hospital(house.hospital), &seeds), (About::Hospital(house.hospital), &ablation)];
    // the second implanter's evaluation was forgotten
    let [first, _, third, fourth] = house.implanters;
    all.extend([first, third, fourth].map(|person| (About::Person(person), &seeds)));
    all.extend(house.ablators.map(|person| (About::Person(person), &ablation)));
    for (minutes, (about, values)) in (0..).zip(all) {
        book.enter("evaluation", about, at.later(minutes), house.quality, values);
    }
}

/// Indicators of nuclear medicine whose cases are kept in the laboratory and the archive: counted by quarters.
fn counts(book: &mut Book, house: &House) {
    let codes = [
        ("NM-03", 14, 15),
        ("NM-04", 410, 430),
        ("NM-05", 520, 545),
        ("NM-06", 31, 34),
        ("NM-07", 498, 545),
        ("NM-08", 88, 104),
    ];
    for quarter in 0..5_i64 {
        let from = book.ago(455 - quarter * 91);
        let until = later(from, 90);
        let at = When::new(later(until, 3), 9, 0);
        let mut draw = book.draw("counts", quarter as u64);
        for (minutes, (code, good, all)) in (0..).zip(codes) {
            let fewer = draw.between(0, 9).min(good);
            let count = json!({
                "pack": "nuclear-2025", "code": code, "from": from.to_string(), "until": until.to_string(),
                "numerator": good - fewer, "denominator": all,
            });
            book.enter("indicator_count", About::Hospital(house.hospital), at.later(minutes), house.quality, &count);
        }
    }
}
