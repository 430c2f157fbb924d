//! The hospital, who works there, and what their certificates say.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::OPENED;
use super::book::{Book, When, later};
use super::names;
use crate::person::Profession;
use crate::{About, Account, Change, Hospital, Id, Item, Person, Record, Role};

/// The hospital and who works there.
pub(super) struct House {
    pub hospital: Id<Hospital>,
    pub admin: Id<Account>,
    pub physician: Id<Account>,
    pub physicist: Id<Account>,
    pub custodian: Id<Account>,
    pub quality: Id<Account>,
    /// names of the two who sign
    pub signers: [String; 2],
    /// who implants seeds, who ablates, who gives radiopharmaceuticals
    pub implanters: [Id<Person>; 4],
    pub ablators: [Id<Person>; 3],
    pub nuclear: Id<Person>,
    pub physicists: [Id<Person>; 2],
    pub nurses: [Id<Person>; 2],
    pub keeper: Id<Person>,
    /// names for conferences
    pub names: Vec<String>,
    /// see [`super::Plight::unlicensed`]
    pub unlicensed: (Id<Person>, Date, Date),
    /// the well-type chamber
    pub meter: Option<Id<Record>>,
}

/// Makes accounts, the hospital and its people, with their credentials.
pub(super) fn open(book: &mut Book) -> House {
    let at = When::new(book.ago(OPENED), 8, 0);
    let admin = account(book, at, "admin", &[Role::Administrator], &[]);
    book.commit(at, None, "", vec![Change::Create(Item::Account(admin.clone()))]);
    let hospital = Hospital {
        id: book.id(at),
        version: 1,
        code: "PDY000001".to_owned(),
        name: "示范医院（虚构）".to_owned(),
        active: true,
        created: at.at(),
    };
    book.create(at.later(1), admin.id, vec![Item::Hospital(hospital.clone())]);
    let mut hired = |login: &str, role: Role, minutes| {
        let made = account(book, at.later(minutes), login, &[role], &[hospital.id]);
        book.create(at.later(minutes), admin.id, vec![Item::Account(made.clone())]);
        made
    };
    let physician = hired("physician", Role::Physician, 2);
    let physicist = hired("physicist", Role::Physicist, 3);
    let custodian = hired("custodian", Role::Custodian, 4);
    let quality = hired("quality", Role::Quality, 5);
    let mut hire = Hire { at: at.later(10), hospital: hospital.id, by: admin.id, number: 0, names: Vec::new() };
    use Profession::{Nurse, Physician, Physicist, Technician};
    // the two who sign are members of staff under their own names
    let chief = hire.member(book, Physician, Some(&physician));
    let implanters = [
        chief,
        hire.member(book, Physician, None),
        hire.member(book, Physician, None),
        hire.member(book, Physician, None),
    ];
    let ablating = [hire.member(book, Physician, None), hire.member(book, Physician, None)];
    let ablators = [chief, ablating[0], ablating[1]];
    let nuclear = hire.member(book, Physician, None);
    let physicists = [hire.member(book, Physicist, Some(&physicist)), hire.member(book, Physicist, None)];
    let nurses = [hire.member(book, Nurse, None), hire.member(book, Nurse, None)];
    let technician = hire.member(book, Technician, None);
    let keeper = hire.member(book, Profession::Custodian, Some(&custodian));
    hire.leaver(book);
    let unlicensed = (implanters[3], book.ago(149), book.ago(101));
    let house = House {
        hospital: hospital.id,
        admin: admin.id,
        physician: physician.id,
        physicist: physicist.id,
        custodian: custodian.id,
        quality: quality.id,
        signers: [physicist.name, physician.name],
        implanters,
        ablators,
        nuclear,
        physicists,
        nurses,
        keeper,
        names: hire.names,
        unlicensed,
        meter: None,
    };
    credentials(book, &house, technician);
    house
}

fn account(book: &mut Book, at: When, login: &str, roles: &[Role], hospitals: &[Id<Hospital>]) -> Account {
    let mut draw = book.draw(login, 0);
    Account {
        id: book.id(at),
        version: 1,
        login: login.to_owned(),
        name: names::person(&mut draw, 5).0,
        roles: roles.to_vec(),
        hospitals: hospitals.to_vec(),
        active: true,
        created: at.at(),
    }
}

/// Who is hired, one after the other.
struct Hire {
    at: When,
    hospital: Id<Hospital>,
    by: Id<Account>,
    number: u64,
    names: Vec<String>,
}

impl Hire {
    fn person(&mut self, book: &mut Book, profession: Profession, account: Option<&Account>) -> Person {
        self.number += 1;
        self.at = self.at.later(1);
        let drawn = || names::person(&mut book.draw("staff", self.number), 5).0;
        let name = account.map_or_else(drawn, |account| account.name.clone());
        let person = Person {
            id: book.id(self.at),
            version: 1,
            hospital: self.hospital,
            number: format!("G{:03}", self.number),
            name,
            profession,
            account: account.map(|account| account.id),
            active: true,
            created: self.at.at(),
        };
        book.create(self.at, self.by, vec![Item::Person(person.clone())]);
        person
    }

    fn member(&mut self, book: &mut Book, profession: Profession, account: Option<&Account>) -> Id<Person> {
        let person = self.person(book, profession, account);
        if profession == Profession::Physician && !self.names.contains(&person.name) {
            self.names.push(person.name.clone());
        }
        person.id
    }

    /// Somebody who works here for a while and leaves.
    fn leaver(&mut self, book: &mut Book) {
        let person = self.person(book, Profession::Technician, None);
        let left = Person { version: 2, active: false, ..person.clone() };
        let change = Change::Replace { before: Item::Person(person), after: Item::Person(left) };
        book.commit(When::new(book.ago(300), 17, 0), Some(self.by), "调离", vec![change]);
    }
}

/// Who files what about whom.
struct Clerk<'a> {
    book: &'a mut Book,
    by: Id<Account>,
    at: When,
}

impl Clerk<'_> {
    fn file(&mut self, person: Id<Person>, form: &str, values: &Value) {
        self.at = self.at.later(1);
        self.book.enter(form, About::Person(person), self.at, self.by, values);
    }

    /// Filed on a later day than the others.
    fn then(&mut self, ago: i64, person: Id<Person>, form: &str, values: &Value) {
        let at = When::new(self.book.ago(ago), 10, 0);
        self.book.enter(form, About::Person(person), at, self.by, values);
    }

    fn ago(&self, days: i64) -> String {
        self.book.ago(days).to_string()
    }

    /// Licence, titles and experience of a physician.
    fn physician(&mut self, person: Id<Person>, scope: &str, title: &str, specialty: &str) {
        let number = format!("1103701{:08}", self.at.minute);
        self.file(person, "practice_licence", &json!({"number": number, "scope": scope, "from": self.ago(365 * 16)}));
        self.file(person, "title", &json!({"title": "attending", "from": self.ago(365 * 14)}));
        if title != "attending" {
            self.file(person, "title", &json!({"title": title, "from": self.ago(365 * 6)}));
        }
        self.file(person, "experience", &json!({"specialty": specialty, "from": self.ago(365 * 17)}));
    }

    fn base_training(&mut self, person: Id<Person>, technique: &str) {
        self.file(
            person,
            "training",
            &json!({
                "kind": "base_training", "technique": technique, "base": "省级培训基地", "base_registered": true,
                "from": self.ago(2900), "until": self.ago(2700), "months": 6, "participated": 45, "full_process": 36,
                "independent": 28, "exam_passed": true, "certificate_number": format!("PX{:05}", self.at.minute),
            }),
        );
    }

    fn short_course(&mut self, person: Id<Person>, technique: &str) {
        let course =
            json!({"kind": "short_course", "technique": technique, "from": self.ago(900), "until": self.ago(898)});
        self.file(person, "training", &course);
    }

    /// Radiation protection and medical examinations, the latter every year.
    fn radiation_worker(&mut self, person: Id<Person>, number: i64, protected_until: i64) {
        let course = json!({
            "kind": "radiation_protection", "from": self.ago(protected_until + 730), "until": self.ago(protected_until + 728),
            "valid_until": self.ago(protected_until),
        });
        self.file(person, "training", &course);
        for (days, filed) in [(OPENED + 20 - number, false), (330 - number, true), (40 - number, true)] {
            let day = self.book.ago(days);
            let exam = json!({"day": day.to_string(), "fit": true, "next_due": later(day, 365).to_string()});
            if filed {
                self.then(days, person, "medical_exam", &exam);
            } else {
                self.file(person, "medical_exam", &exam);
            }
        }
    }
}

fn credentials(book: &mut Book, house: &House, technician: Id<Person>) {
    let at = When::new(book.ago(OPENED), 9, 0);
    let years = book.ago(OPENED).year() - 6..book.last.year();
    let mut clerk = Clerk { by: house.admin, at, book };
    let [chief, second, exempt, unlicensed] = house.implanters;
    clerk.physician(chief, "外科专业", "chief", "肿瘤外科");
    clerk.physician(second, "医学影像和放射治疗专业", "associate_chief", "介入肿瘤科");
    clerk.physician(exempt, "医学影像和放射治疗专业", "associate_chief", "放射治疗科");
    clerk.physician(unlicensed, "外科专业", "associate_chief", "肿瘤外科");
    for person in [chief, second, unlicensed] {
        clerk.base_training(person, "seed_implant");
    }
    for year in years {
        let book = json!({"technique": "seed_implant", "year": year, "independent": 42, "serious_events": 0});
        clerk.file(exempt, "logbook", &book);
    }
    for person in [house.ablators[1], house.ablators[2]] {
        clerk.physician(person, "医学影像和放射治疗专业", "attending", "介入肿瘤科");
    }
    for person in house.ablators {
        clerk.base_training(person, "ablation");
    }
    clerk.physician(house.nuclear, "核医学专业", "associate_chief", "核医学科");
    lapse(&mut clerk, house);
    for person in house.physicists {
        let course = json!({"kind": "tps", "from": clerk.ago(1200), "until": clerk.ago(1197), "exam_passed": true});
        clerk.file(person, "training", &course);
        clerk.file(person, "title", &json!({"title": "physicist", "from": clerk.ago(3000)}));
    }
    for person in house.physicists.into_iter().chain(house.nurses).chain([technician]) {
        clerk.short_course(person, "seed_implant");
        if person != house.nurses[1] {
            clerk.short_course(person, "ablation");
        }
    }
    let everybody = house.implanters.into_iter().chain([house.ablators[1], house.ablators[2], house.nuclear]);
    let everybody = everybody.chain(house.physicists).chain(house.nurses).chain([technician, house.keeper]);
    for (number, person) in (0..).zip(everybody) {
        // one physicist's course ended two months ago and was not taken again
        let until = if person == house.physicists[1] { 60 } else { -(60 + number) };
        clerk.radiation_worker(person, number, until);
    }
}

/// The fourth implanter's licence lapsed for some weeks before it was renewed.
fn lapse(clerk: &mut Clerk<'_>, house: &House) {
    let (person, first, last) = house.unlicensed;
    let renewed = later(last, 1);
    // the end of the licence is entered a month before it comes
    let held = crate::record::About::Person(person);
    let before = clerk.book.take(held, "practice_licence");
    if let Some(before) = before {
        let mut after = before.clone();
        after.version = 2;
        let until = later(first, -1);
        after.values.insert("until".to_owned(), until.to_string().into());
        after.until = Some(until);
        let change = Change::Replace { before: Item::Record(before), after: Item::Record(after) };
        let at = When::new(later(first, -30), 11, 0);
        clerk.book.commit(at, Some(clerk.by), "登记有效期", vec![change]);
    }
    let licence = json!({"number": "110370100000999", "scope": "外科专业", "from": renewed.to_string()});
    let at = When::new(renewed, 9, 30);
    clerk.book.enter("practice_licence", held, at, clerk.by, &licence);
}
