//! From a cell of another register to a value of ours.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Time};
use records::forms::{Coded, FieldKind, Reference, Techniques, Words};
use serde_json::{Value, json};

use super::mapping::{Assigned, DateOrder, Mapping};
use super::read::{Raw, serial};

/// Why a cell cannot be taken: in Chinese and in English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// in Chinese
    pub zh: String,
    /// in English
    pub en: String,
}

fn wrong<T>(zh: impl Into<String>, en: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { zh: zh.into(), en: en.into() })
}

/// What a value is read with.
pub(super) struct Reading<'a> {
    pub mapping: &'a Mapping,
    pub assigned: &'a Assigned,
    /// identifiers of people by name or staff number
    pub people: &'a BTreeMap<String, String>,
}

/// Codes for a patient's sex.
pub(super) fn sexes() -> Vec<Coded> {
    let one = |code: &str, zh: &str, en: &str| Coded { code: code.to_owned(), label: Words::new(zh, en) };
    vec![one("M", "男", "male"), one("F", "女", "female"), one("O", "其他", "other")]
}

/// Codes of techniques.
pub(super) fn techniques() -> Vec<Coded> {
    let all = Techniques::builtin().all().iter();
    all.map(|info| Coded { code: info.technique.name().to_owned(), label: info.label.clone() }).collect()
}

/// Codes of routes, of all techniques.
pub(super) fn routes() -> Vec<Coded> {
    Techniques::builtin().all().iter().flat_map(|info| info.routes.iter().cloned()).collect()
}

/// Codes of methods, of all techniques.
pub(super) fn methods() -> Vec<Coded> {
    Techniques::builtin().all().iter().flat_map(|info| info.methods.iter().cloned()).collect()
}

/// A text as it is compared: full-width forms made narrow, small letters, no spaces and no punctuation.
pub(super) fn even(text: &str) -> String {
    let narrow = text.chars().map(|character| match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        '\u{3000}' => ' ',
        other => other,
    });
    narrow.filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn narrow(text: &str) -> String {
    let one = |character: char| match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        '\u{3000}' => ' ',
        other => other,
    };
    text.trim().chars().map(one).collect()
}

impl Reading<'_> {
    /// A cell as a value of a field of a kind; nothing where the cell says that it is empty, such as `/` or `无`.
    pub(super) fn value(&self, kind: &FieldKind, list: bool, raw: &Raw) -> Result<Option<Value>, Wrong> {
        if let Raw::Text(text) = raw {
            let text = text.trim();
            let nothing =
                matches!(text, "" | "-" | "--" | "/" | "\\" | "—" | "N/A" | "n/a" | "NA" | "不详" | "未知" | "未查");
            if nothing && !self.assigned.codes.contains_key(text) {
                return Ok(None);
            }
            if list {
                let parts =
                    text.split([';', '；', '、', ',', '，', '\n']).map(str::trim).filter(|part| !part.is_empty());
                let values: Result<Vec<Value>, Wrong> =
                    parts.map(|part| self.one(kind, &Raw::Text(part.to_owned()))).collect();
                return values.map(|values| Some(Value::Array(values)));
            }
        }
        let value = self.one(kind, raw)?;
        Ok(Some(if list { Value::Array(vec![value]) } else { value }))
    }

    fn one(&self, kind: &FieldKind, raw: &Raw) -> Result<Value, Wrong> {
        match kind {
            FieldKind::Text { .. } | FieldKind::Parts(_) => Ok(json!(self.words(raw))),
            FieldKind::Date => self.day(raw).map(|day| json!(day)),
            FieldKind::DateTime => self.moment(raw),
            FieldKind::Whole => whole(self.number(raw)?),
            FieldKind::Number => Ok(json!(self.number(raw)?)),
            FieldKind::YesNo => self.yes_no(raw),
            FieldKind::Choice(codes) => self.choice(codes, raw),
            FieldKind::Reference(Reference::Person) => self.person(raw),
            FieldKind::Reference(_) => {
                wrong("不能从表格导入设备或批次，请在系统中登记", "equipment and lots cannot be imported: enter them")
            }
        }
    }

    fn words(&self, raw: &Raw) -> String {
        match raw {
            Raw::Text(text) => self.assigned.codes.get(text.trim()).cloned().unwrap_or_else(|| text.trim().to_owned()),
            other => other.to_string(),
        }
    }

    fn number(&self, raw: &Raw) -> Result<f64, Wrong> {
        let number = match raw {
            Raw::Number(number) => *number,
            Raw::Text(text) => return self.number_of(text),
            other => return wrong(format!("“{other}”不是数字"), format!("'{other}' is no number")),
        };
        Ok(scaled(number, self.assigned.factor))
    }

    /// A number in a text, perhaps with its unit behind it: `60 粒`, `1,234`, `１４５Gy`. One that is more than a number is refused:
    /// `<0.2` is not 0.2, and `3-4` is neither.
    fn number_of(&self, text: &str) -> Result<f64, Wrong> {
        let text = narrow(text);
        let digits: String =
            text.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '+' | '-')).collect();
        let behind = text.get(digits.len()..).unwrap_or_default().trim();
        let a_unit = !behind.chars().any(|c| c.is_ascii_digit() && !matches!(c, '2' | '3' | '9'))
            && behind.chars().count() <= 12
            && !behind.starts_with(['~', '<', '>', '～', '至', '?', '？', 'e', 'E']);
        match grouped(&digits).and_then(|digits| digits.parse::<f64>().ok()) {
            Some(number) if a_unit && number.is_finite() => Ok(scaled(number, self.assigned.factor)),
            _ => wrong(format!("“{text}”不是数字，请只填一个数"), format!("'{text}' is no number: write one number")),
        }
    }

    fn yes_no(&self, raw: &Raw) -> Result<Value, Wrong> {
        let text = match raw {
            Raw::Bool(yes) => return Ok(json!(yes)),
            Raw::Number(number) if *number == 0.0 || *number == 1.0 => return Ok(json!(*number == 1.0)),
            other => other.to_string(),
        };
        if let Some(code) = self.assigned.codes.get(text.trim()) {
            return Ok(json!(code == "true"));
        }
        match even(&text).as_str() {
            "是" | "有" | "已" | "y" | "yes" | "true" | "t" | "1" | "√" => Ok(json!(true)),
            "否" | "无" | "没有" | "未" | "n" | "no" | "false" | "f" | "0" => Ok(json!(false)),
            _ if matches!(text.trim(), "√" | "✓" | "✔") => Ok(json!(true)),
            _ if matches!(text.trim(), "×" | "✗" | "✘") => Ok(json!(false)),
            _ => wrong(format!("“{text}”应为 是 或 否"), format!("'{text}' must be yes or no")),
        }
    }

    fn choice(&self, codes: &[Coded], raw: &Raw) -> Result<Value, Wrong> {
        let text = raw.to_string();
        let own = self.assigned.codes.get(text.trim());
        let asked = even(own.map_or(text.as_str(), String::as_str));
        let is = |code: &&Coded| [&code.code, &code.label.zh, &code.label.en].iter().any(|one| even(one) == asked);
        // what reads `男性` means `男`
        let begins = |code: &&Coded| {
            let rest = |one: &String| asked.strip_prefix(even(one).as_str()).map(str::to_owned);
            rest(&code.label.zh).is_some_and(|rest| matches!(rest.as_str(), "性" | "级" | "型" | "期"))
        };
        if let Some(code) = codes.iter().find(is).or_else(|| codes.iter().find(begins)) {
            return Ok(json!(code.code));
        }
        let list = |of: fn(&Coded) -> &str, joint: &str| codes.iter().map(of).collect::<Vec<_>>().join(joint);
        wrong(
            format!("“{text}”不在选项中：{}", list(|code| &code.label.zh, "、")),
            format!("'{text}' is none of: {}", list(|code| &code.label.en, ", ")),
        )
    }

    fn person(&self, raw: &Raw) -> Result<Value, Wrong> {
        let name = self.words(raw);
        match self.people.get(name.trim()) {
            Some(id) => Ok(json!(id)),
            None => wrong(
                format!("没有名为“{name}”的人员，请先登记人员"),
                format!("nobody is called '{name}': enter the person first"),
            ),
        }
    }

    /// A day.
    pub(super) fn day(&self, raw: &Raw) -> Result<Date, Wrong> {
        self.date_time(raw).map(|(day, _)| day)
    }

    fn moment(&self, raw: &Raw) -> Result<Value, Wrong> {
        if let Raw::Text(text) = raw
            && text.trim().len() >= 25
            && text.trim().parse::<jiff::Timestamp>().is_ok()
            && !text.trim().ends_with('Z')
        {
            return Ok(json!(text.trim()));
        }
        let (day, time) = self.date_time(raw)?;
        let stated = self.mapping.time_if_missing.as_ref().and_then(|text| text.parse::<Time>().ok());
        let Some(time) = time.or(stated) else {
            return wrong(
                format!("“{raw}”只有日期，缺少时间"),
                format!("'{raw}' has a day but no time: add it, or say in the mapping which time to take"),
            );
        };
        Ok(json!(format!("{day}T{:02}:{:02}:{:02}{}", time.hour(), time.minute(), time.second(), self.mapping.offset)))
    }

    fn date_time(&self, raw: &Raw) -> Result<(Date, Option<Time>), Wrong> {
        let of = |at: DateTime| (at.date(), Some(at.time()).filter(|time| *time != Time::midnight()));
        let found = match raw {
            Raw::Date(at) => Some(of(*at)),
            // a day whose cell was not formatted as one: serial numbers of 1954 to 2119
            Raw::Number(number) if (20_000.0..80_000.0).contains(number) => serial(*number, false).map(of),
            Raw::Number(number) if number.fract() == 0.0 => day_of_text(&format!("{number}"), self.assigned.dates),
            Raw::Text(text) => {
                let text = narrow(text);
                // a CSV has a serial number as text: five digits, perhaps with a part of a day
                let number =
                    text.parse::<f64>().ok().filter(|_| text.split('.').next().is_some_and(|days| days.len() == 5));
                let serial =
                    number.filter(|number| (20_000.0..80_000.0).contains(number)).and_then(|at| serial(at, false));
                serial.map(of).or_else(|| day_of_text(&text, self.assigned.dates))
            }
            _ => None,
        };
        match found.filter(|(day, _)| (1900..=2200).contains(&day.year())) {
            Some(found) => Ok(found),
            None => wrong(
                format!("“{raw}”不是日期，请写成 2026-03-01"),
                format!("'{raw}' is no date: write it as 2026-03-01"),
            ),
        }
    }
}

/// A product without the dust of binary fractions: 14500 cGy are 145 Gy.
fn scaled(number: f64, factor: f64) -> f64 {
    if factor == 1.0 {
        return number;
    }
    let product = number * factor;
    format!("{product:.12e}").parse().unwrap_or(product)
}

/// Digits without commas that group them by three; others are refused.
fn grouped(digits: &str) -> Option<String> {
    if !digits.contains(',') {
        return Some(digits.to_owned());
    }
    let (whole, rest) = digits.split_once('.').map_or((digits, ""), |(whole, rest)| (whole, rest));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let fits = (1..=3).contains(&first.trim_start_matches(['-', '+']).len()) && groups.all(|group| group.len() == 3);
    let dot = if rest.is_empty() { "" } else { "." };
    fits.then(|| format!("{}{dot}{rest}", whole.replace(',', "")))
}

fn whole(number: f64) -> Result<Value, Wrong> {
    if number.fract() == 0.0 && number.abs() < 9.0e15 {
        return Ok(json!(number as i64));
    }
    wrong(format!("“{number}”应为整数"), format!("'{number}' must be a whole number"))
}

/// A day, perhaps with a time: `2026-03-01`, `2026/3/1 9:30`, `2026.3.1`, `20260301`, `2026年3月1日 9时30分`, and what the order allows.
fn day_of_text(text: &str, order: DateOrder) -> Option<(Date, Option<Time>)> {
    let numbers: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let words: String = text.chars().filter(|c| !c.is_ascii_digit() && !c.is_whitespace()).collect();
    // anything but separators means that it is not a date alone
    if !words
        .chars()
        .all(|c| matches!(c, '-' | '/' | '.' | ':' | '年' | '月' | '日' | '时' | '分' | '秒' | 'T' | '号' | '点'))
    {
        return None;
    }
    let number = |text: &&str| text.parse::<i64>().ok();
    let (day, rest): (Date, &[&str]) = match numbers.as_slice() {
        [eight, rest @ ..] if eight.len() == 8 => {
            (date(number(&&eight[..4])?, number(&&eight[4..6])?, number(&&eight[6..])?)?, rest)
        }
        [one, two, three, rest @ ..] if one.len() == 4 => (date(number(one)?, number(two)?, number(three)?)?, rest),
        [one, two, three, rest @ ..] if three.len() == 4 => match order {
            DateOrder::YearFirst => return None,
            DateOrder::DayFirst => (date(number(three)?, number(two)?, number(one)?)?, rest),
            DateOrder::MonthFirst => (date(number(three)?, number(one)?, number(two)?)?, rest),
        },
        _ => return None,
    };
    let part = |at: usize| rest.get(at).map_or(Some(0), |text| text.parse::<i8>().ok());
    match rest.len() {
        0 => Some((day, None)),
        2 | 3 => Some((day, Some(Time::new(part(0)?, part(1)?, part(2)?, 0).ok()?))),
        _ => None,
    }
}

fn date(year: i64, month: i64, day: i64) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use records::Technique;

    fn read(
        kind: &FieldKind,
        raw: &Raw,
        change: impl FnOnce(&mut Assigned, &mut Mapping),
    ) -> Result<Option<Value>, Wrong> {
        let mut assigned: Assigned =
            serde_json::from_value(json!({"column": 0, "header": "h", "to": "plan.seeds"})).unwrap();
        let mut mapping = Mapping {
            sheet: String::new(),
            header_row: 1,
            technique: Technique::SeedImplant,
            offset: "+08:00".into(),
            time_if_missing: None,
            columns: Vec::new(),
        };
        change(&mut assigned, &mut mapping);
        let people = BTreeMap::from([("张三".to_owned(), "id-1".to_owned())]);
        Reading { mapping: &mapping, assigned: &assigned, people: &people }.value(kind, false, raw)
    }

    fn text(text: &str) -> Raw {
        Raw::Text(text.to_owned())
    }

    #[test]
    fn days_are_read_in_every_way_of_writing_that_means_one_day() {
        let day = |raw: Raw| read(&FieldKind::Date, &raw, |_, _| ()).ok().flatten();
        for good in
            ["2026-03-01", "2026/3/1", "2026.3.1", "20260301", "2026年3月1日", "２０２６年３月１日", "2026-3-1 9:30"]
        {
            assert_eq!(day(text(good)), Some(json!("2026-03-01")), "{good}");
        }
        assert_eq!(day(Raw::Number(46082.0)), Some(json!("2026-03-01")));
        assert_eq!(day(Raw::Number(20_260_301.0)), Some(json!("2026-03-01")));
        for bad in ["3/1/2026", "2026年3月", "2026-13-01", "约2026年3月1日", "26-3-1", "2026-02-30", "2026-03-01 25:00"]
        {
            assert_eq!(day(text(bad)), None, "{bad}");
        }
        assert_eq!(day(Raw::Number(60.0)), None);
        let order = |order| read(&FieldKind::Date, &text("3/4/2026"), |a, _| a.dates = order).unwrap().unwrap();
        assert_eq!(order(DateOrder::DayFirst), json!("2026-04-03"));
        assert_eq!(order(DateOrder::MonthFirst), json!("2026-03-04"));
    }

    #[test]
    fn moments_need_a_time_that_somebody_stated() {
        let at = |raw: Raw, time: Option<&str>| {
            read(&FieldKind::DateTime, &raw, |_, m| m.time_if_missing = time.map(str::to_owned)).ok().flatten()
        };
        assert_eq!(at(text("2026年3月1日 9时30分"), None), Some(json!("2026-03-01T09:30:00+08:00")));
        assert_eq!(at(text("2026-03-01T09:30:00+01:00"), None), Some(json!("2026-03-01T09:30:00+01:00")));
        assert_eq!(at(text("2026-03-01"), None), None);
        assert_eq!(at(text("2026-03-01"), Some("12:00")), Some(json!("2026-03-01T12:00:00+08:00")));
        assert_eq!(at(Raw::Number(46082.5), None), Some(json!("2026-03-01T12:00:00+08:00")));
    }

    #[test]
    fn numbers_lose_their_unit_and_nothing_else() {
        let number = |one: &str| read(&FieldKind::Number, &text(one), |_, _| ()).ok().flatten();
        for (given, expected) in
            [("60粒", 60.0), ("１４５ Gy", 145.0), ("1,234.5", 1234.5), ("-3", -3.0), ("0.5 mCi", 0.5)]
        {
            assert_eq!(number(given), Some(json!(expected)), "{given}");
        }
        for bad in ["<0.2", "3-4", "1.2.3", "12,34", "阳性", "5~6", "60/70", "1e999", "60 or 70"] {
            assert_eq!(number(bad), None, "{bad}");
        }
        let scaled = read(&FieldKind::Number, &text("14500"), |a, _| a.factor = 0.01).unwrap();
        assert_eq!(scaled, Some(json!(145.0)));
        assert!(read(&FieldKind::Whole, &Raw::Number(60.5), |_, _| ()).is_err());
        assert_eq!(read(&FieldKind::Whole, &Raw::Number(60.0), |_, _| ()).unwrap(), Some(json!(60)));
    }

    #[test]
    fn words_become_codes() {
        let sex = |one: &str| {
            read(&FieldKind::Choice(sexes()), &text(one), |a, _| drop(a.codes.insert("甲".into(), "F".into())))
        };
        for (given, expected) in [("男", "M"), ("女性", "F"), ("Female", "F"), ("m", "M"), ("甲", "F")] {
            assert_eq!(sex(given).unwrap(), Some(json!(expected)), "{given}");
        }
        assert!(sex("不明").unwrap_err().zh.contains("男、女、其他"));
        let yes = |one: &str| read(&FieldKind::YesNo, &text(one), |_, _| ()).ok().flatten();
        assert_eq!(
            [yes("是"), yes("无"), yes("√"), yes("×"), yes("也许")],
            [Some(json!(true)), Some(json!(false)), Some(json!(true)), Some(json!(false)), None]
        );
        let person = |one: &str| read(&FieldKind::Reference(Reference::Person), &text(one), |_, _| ());
        assert_eq!(person("张三").unwrap(), Some(json!("id-1")));
        assert!(person("李四").unwrap_err().en.contains("李四"));
        assert_eq!(read(&FieldKind::Number, &text("/"), |_, _| ()).unwrap(), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(one in "\\PC{0,24}", digits in "[0-9年月日/:., -]{0,20}") {
            for kind in [FieldKind::Date, FieldKind::DateTime, FieldKind::Whole, FieldKind::Number, FieldKind::YesNo, FieldKind::Choice(sexes())] {
                let _ = read(&kind, &text(&one), |_, _| ());
                let _ = read(&kind, &text(&digits), |_, _| ());
            }
        }

        #[test]
        fn a_day_survives_every_way_of_writing_it(year in 1900_i16..2200, month in 1_i8..=12, day in 1_i8..=28) {
            let expected = jiff::civil::date(year, month, day);
            for one in [format!("{year}年{month}月{day}日"), format!("{year}/{month}/{day}"), expected.to_string()] {
                prop_assert_eq!(day_of_text(&one, DateOrder::YearFirst), Some((expected, None)));
            }
        }
    }
}
