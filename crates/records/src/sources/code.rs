//! Codes that a scanner reads off seeds and their boxes: our own, and GS1 element strings (UDI).
//!
//! GS1 General Specifications, section 7.8: an element string is a run of application identifiers with their values; a value of variable
//! length that is not the last ends with FNC1, which scanners send as the control character GS (0x1D). People also write the identifiers in brackets.

use jiff::civil::Date;

use super::Sentence;

/// A longer code is not read: a GS1 symbol for a small box has under a hundred characters.
const LONGEST: usize = 200;
/// More lines are not read at once: a stock take of a department has hundreds.
const MOST_LINES: usize = 20_000;
/// FNC1 as scanners send it.
const FNC1: char = '\u{1d}';

/// What a code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// our own: a lot's number, with or without seeds; read further with the lots at hand, since a lot's number may hold any character
    Own(String),
    /// a GS1 element string
    Gs1(Unit),
}

/// What a GS1 element string says about a unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unit {
    /// (01) trade item
    pub gtin: Option<String>,
    /// (10) lot
    pub lot: Option<String>,
    /// (21) serial number
    pub serial: Option<String>,
    /// (17) last day of use
    pub expiry: Option<Date>,
    /// (11) day of production
    pub produced: Option<Date>,
    /// (30) how many pieces
    pub count: Option<u32>,
}

/// Why a code cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// empty or too long
    #[error("a code has 1 to 200 characters: scan it again")]
    Length,
    /// an identifier that is not known
    #[error(
        "'{0}' is no GS1 application identifier known here: scan the lot's own code, or enter lot and seeds as LOT/1-20"
    )]
    Identifier(String),
    /// a value that cannot be
    #[error("({ai}) cannot be '{value}': it must be {must}; scan it again")]
    Value {
        /// which
        ai: &'static str,
        /// what was read
        value: String,
        /// what it must be
        must: &'static str,
    },
    /// an identifier twice with different values
    #[error("({0}) stands twice with different values: two codes were scanned into one, scan them one by one")]
    Twice(&'static str),
    /// more lines than are read
    #[error("more than 20000 lines: enter the rest as another stock take")]
    Lines,
}

impl CodeError {
    /// What is wrong, and what to do.
    pub fn sentence(&self) -> Sentence {
        let zh = match self {
            Self::Length => "条码应为 1 到 200 个字符：请重新扫描".to_owned(),
            Self::Identifier(at) => format!("“{at}”不是可识别的 GS1 应用标识符：请扫描批次码，或按“批次/1-20”输入"),
            Self::Value { ai, value, .. } => format!("({ai}) 的值“{value}”不正确：请重新扫描"),
            Self::Twice(ai) => format!("({ai}) 出现两次且内容不同：两个条码连在一起，请逐个扫描"),
            Self::Lines => "超过 20000 行：其余请另行盘点".to_owned(),
        };
        Sentence::new(zh, self.to_string())
    }
}

/// Application identifiers: name, greatest length of the value, whether it always has that length. Fixed ones need no FNC1
/// (GS1 General Specifications, section 7.8.5 and the list of identifiers in section 3.2; from memory but for 01, 10, 17 and 21).
const IDENTIFIERS: [(&str, usize, bool); 29] = [
    ("00", 18, true),
    ("01", 14, true),
    ("02", 14, true),
    ("10", 20, false),
    ("11", 6, true),
    ("12", 6, true),
    ("13", 6, true),
    ("15", 6, true),
    ("16", 6, true),
    ("17", 6, true),
    ("20", 2, true),
    ("21", 20, false),
    ("22", 20, false),
    ("30", 8, false),
    ("37", 8, false),
    ("90", 30, false),
    ("91", 90, false),
    ("92", 90, false),
    ("93", 90, false),
    ("94", 90, false),
    ("95", 90, false),
    ("96", 90, false),
    ("97", 90, false),
    ("98", 90, false),
    ("99", 90, false),
    ("240", 30, false),
    ("241", 30, false),
    ("250", 30, false),
    ("251", 30, false),
];

/// Reads one code.
///
/// # Errors
/// When it is empty or too long, or looks like GS1 and cannot be read as such.
pub fn parse(text: &str) -> Result<Code, CodeError> {
    // a scanner ends with a new line; FNC1 counts as blank and must stay where it separates
    let text = text.trim_matches(|c: char| c.is_whitespace() && c != FNC1);
    if text.trim_matches(FNC1).is_empty() || text.len() > LONGEST {
        return Err(CodeError::Length);
    }
    // the symbology identifier of GS1 DataMatrix, GS1-128, GS1 QR and GS1 DataBar; ]d1 is a DataMatrix that is not GS1
    let named = ["]d2", "]C1", "]Q3", "]e0"].iter().find_map(|name| text.strip_prefix(name));
    let body = named.unwrap_or(text);
    let opened = body.strip_prefix(FNC1);
    let (sure, body) = (named.is_some() || opened.is_some(), opened.unwrap_or(body));
    if bracketed(body).is_some() {
        return in_brackets(body).map(Code::Gs1);
    }
    // without any sign only a full trade item with its check digit is taken for GS1: a lot may be called 0112
    let trade_item = body.strip_prefix("01").and_then(|rest| rest.get(..14)).is_some_and(is_gtin);
    if sure || trade_item {
        return run(body).map(Code::Gs1);
    }
    Ok(Code::Own(text.to_owned()))
}

/// Reads a list of codes, one a line; blank lines are skipped. What cannot be read comes back with the number of its line, from 1.
pub fn parse_list(text: &str) -> (Vec<Code>, Vec<(usize, CodeError)>) {
    let (mut codes, mut wrong) = (Vec::new(), Vec::new());
    for (at, line) in text.lines().enumerate() {
        if at == MOST_LINES {
            wrong.push((at + 1, CodeError::Lines));
            break;
        }
        if line.trim().is_empty() {
            continue;
        }
        match parse(line) {
            Ok(code) => codes.push(code),
            Err(error) => wrong.push((at + 1, error)),
        }
    }
    (codes, wrong)
}

type Identifier = (&'static str, usize, bool);

/// The identifier in brackets that a text begins with, and what follows.
fn bracketed(text: &str) -> Option<(Identifier, &str)> {
    let (name, rest) = text.strip_prefix('(')?.split_once(')')?;
    IDENTIFIERS.iter().find(|(known, ..)| *known == name).map(|known| (*known, rest))
}

fn in_brackets(text: &str) -> Result<Unit, CodeError> {
    let mut unit = Unit::default();
    let mut left = text;
    while !left.is_empty() {
        let Some((identifier, rest)) = bracketed(left) else {
            return Err(CodeError::Identifier(left.chars().take(20).collect()));
        };
        // a value may hold brackets of its own; the next element begins where a known identifier stands in them
        let next = |(at, _): &(usize, &str)| rest.get(*at..).is_some_and(|tail| bracketed(tail).is_some());
        let end = rest.match_indices('(').find(next).map_or(rest.len(), |(at, _)| at);
        let (value, tail) = rest.split_at(end);
        take(&mut unit, identifier, value.trim_end_matches(FNC1))?;
        left = tail;
    }
    Ok(unit)
}

fn run(text: &str) -> Result<Unit, CodeError> {
    let mut unit = Unit::default();
    let mut left = text.trim_end_matches(FNC1);
    while !left.is_empty() {
        let Some(identifier) = IDENTIFIERS.iter().find(|(name, ..)| left.starts_with(name)) else {
            return Err(CodeError::Identifier(left.chars().take(20).collect()));
        };
        let (name, most, fixed) = *identifier;
        let rest = left.get(name.len()..).unwrap_or_default();
        let (value, tail) = if fixed {
            let end = rest.char_indices().nth(most).map_or(rest.len(), |(at, _)| at);
            rest.split_at(end)
        } else {
            rest.split_once(FNC1).unwrap_or((rest, ""))
        };
        take(&mut unit, *identifier, value)?;
        // FNC1 after a value of fixed length is not needed and allowed
        left = tail.strip_prefix(FNC1).unwrap_or(tail);
    }
    Ok(unit)
}

fn take(unit: &mut Unit, (ai, most, fixed): Identifier, value: &str) -> Result<(), CodeError> {
    let wrong = |must| CodeError::Value { ai, value: value.chars().take(40).collect(), must };
    let length = value.chars().count();
    if length == 0 || length > most || (fixed && length != most) {
        return Err(wrong(if fixed { "of its fixed length" } else { "within its length, ended by FNC1" }));
    }
    // the printable characters that GS1 allows are within ASCII
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) || (fixed && !value.bytes().all(|b| b.is_ascii_digit())) {
        return Err(wrong(if fixed { "digits" } else { "letters, digits and signs without blanks" }));
    }
    fn once<T: PartialEq>(slot: &mut Option<T>, value: T, ai: &'static str) -> Result<(), CodeError> {
        match slot {
            Some(there) if *there != value => Err(CodeError::Twice(ai)),
            _ => {
                *slot = Some(value);
                Ok(())
            }
        }
    }
    match ai {
        "01" if !is_gtin(value) => Err(wrong("14 digits with a sound check digit")),
        "01" => once(&mut unit.gtin, value.to_owned(), ai),
        "10" => once(&mut unit.lot, value.to_owned(), ai),
        "21" => once(&mut unit.serial, value.to_owned(), ai),
        "11" => once(&mut unit.produced, date(value).ok_or_else(|| wrong("a day as YYMMDD"))?, ai),
        "17" => once(&mut unit.expiry, date(value).ok_or_else(|| wrong("a day as YYMMDD"))?, ai),
        "30" => {
            let digits = value.bytes().all(|byte| byte.is_ascii_digit());
            let count = value.parse().ok().filter(|_| digits).ok_or_else(|| wrong("up to 8 digits"))?;
            once(&mut unit.count, count, ai)
        }
        _ => Ok(()),
    }
}

/// Whether 14 digits are a trade item number: weights 3, 1, 3, … from the left, sum divisible by ten.
fn is_gtin(text: &str) -> bool {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    digits.is_some_and(|digits| {
        let sum: u32 = digits.iter().zip([3, 1].iter().cycle()).map(|(digit, weight)| digit * weight).sum();
        digits.len() == 14 && sum.is_multiple_of(10)
    })
}

/// YYMMDD as 20YY; day 00 is the last of its month.
fn date(text: &str) -> Option<Date> {
    let two = |at: usize| text.get(at..at + 2)?.parse::<i8>().ok();
    let (year, month, day) = (2000 + i16::from(two(0)?), two(2)?, two(4)?);
    if day == 0 { Date::new(year, month, 1).ok().map(Date::last_of_month) } else { Date::new(year, month, day).ok() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unit(text: &str) -> Unit {
        match parse(text) {
            Ok(Code::Gs1(unit)) => unit,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn reads_a_udi_however_the_scanner_sends_it() {
        // 09501101530003 is the trade item that GS1's own examples use
        let expected = Unit {
            gtin: Some("09501101530003".to_owned()),
            lot: Some("A-12/3".to_owned()),
            serial: Some("0042".to_owned()),
            expiry: Some("2026-02-28".parse().unwrap()),
            ..Unit::default()
        };
        for text in [
            "(01)09501101530003(10)A-12/3(21)0042(17)260200",
            "(01)09501101530003(17)260228(10)A-12/3(21)0042\r\n",
            "]d20109501101530003172602281\u{30}A-12/3\u{1d}210042",
            "\u{1d}010950110153000310A-12/3\u{1d}210042\u{1d}17260228",
            "010950110153000317260228\u{1d}10A-12/3\u{1d}210042\u{1d}",
        ] {
            assert_eq!(unit(text), expected, "{text:?}");
        }
        assert_eq!(unit("(10)A(30)20").count, Some(20));
        assert_eq!(unit("(10)A(1)B").lot.as_deref(), Some("A(1)B"), "a lot may hold brackets");
    }

    #[test]
    fn what_is_not_gs1_is_our_own_and_what_is_broken_is_said() {
        for own in ["B001", "B001/12", "0112", "B001*20", "(A)", "01095011015300"] {
            assert_eq!(parse(own), Ok(Code::Own(own.to_owned())), "{own}");
        }
        let value = |text: &str| matches!(parse(text), Err(CodeError::Value { .. }));
        assert!(value("(01)09501101530004"), "check digit");
        assert!(value("(17)261301") && value("(17)2602") && value("(10)") && value("(30)2x"));
        assert!(value("]d210AAAAAAAAAAAAAAAAAAAAAAAA"), "a lot has at most 20 characters");
        assert!(matches!(parse("]d2ZZ"), Err(CodeError::Identifier(_))));
        assert!(
            matches!(parse("(01)09501101530003(88)x"), Err(CodeError::Value { .. })),
            "an unknown one belongs to the value"
        );
        assert_eq!(parse("(10)A(10)B"), Err(CodeError::Twice("10")));
        assert_eq!(parse(" "), Err(CodeError::Length));
        assert_eq!(parse(&"9".repeat(201)), Err(CodeError::Length));
        let (codes, wrong) = parse_list("B001/1\n\n(17)261301\nB001/2\n");
        assert_eq!((codes.len(), wrong.len(), wrong[0].0), (2, 1, 3));
        assert!(wrong[0].1.sentence().zh.contains("17") && wrong[0].1.to_string().contains("YYMMDD"));
        let (codes, wrong) = parse_list(&"B001/1\n".repeat(MOST_LINES + 5));
        assert_eq!((codes.len(), wrong), (MOST_LINES, vec![(MOST_LINES + 1, CodeError::Lines)]));
    }

    proptest! {
        #[test]
        fn any_text_ends_without_a_panic(text in "\\PC{0,60}|[\\(\\)0123\\x1d\\]dA-C/]{0,80}") {
            if let Ok(Code::Gs1(unit)) = parse(&text) {
                prop_assert!(unit.lot.is_none_or(|lot| lot.len() <= 20));
            }
        }

        #[test]
        fn both_ways_of_writing_say_the_same(
            lot in "[A-Z0-9/.-]{1,20}",
            serial in "[A-Z0-9]{1,20}",
            day in 1i8..29,
            order in Just([0usize, 1, 2, 3]).prop_shuffle(),
        ) {
            let expiry = format!("2702{day:02}");
            let elements = [("01", "09501101530003"), ("10", &lot), ("21", &serial), ("17", &expiry)];
            let bracketed: String = order.map(|at| ["(", elements[at].0, ")", elements[at].1].concat()).concat();
            let run: String = order.map(|at| [elements[at].0, elements[at].1, "\u{1d}"].concat()).concat();
            let expected = unit(&bracketed);
            prop_assert_eq!(&expected.lot, &Some(lot.clone()));
            prop_assert_eq!(unit(&format!("]d2{run}")), expected);
        }
    }
}
