//! Notices of one kind told as one: a search that failed has hundreds, and nobody reads the fourth page of them.

use super::{Level, Notice};

/// From this many on, notices of one kind are told as one.
const MANY: usize = 3;
/// Most subjects named in one sentence.
const NAMED: usize = 24;

/// What is said again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// a seed as bright as more than one
    MaybeTwo,
    /// two seeds that touch
    Touching,
    /// something just below a seed
    Possible,
    /// a bright object that is not a seed
    Rejected,
    /// a contour that was mended, of this structure
    Contour(String),
}

/// What a notice is about, so that it can be told together with others of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// its kind
    pub kind: Kind,
    /// the single case, Chinese
    pub zh: String,
    /// the single case, English
    pub en: String,
}

/// The first few of a list, and how many there are.
pub fn few<T: AsRef<str>>(all: &[T], most: usize) -> (String, String) {
    let named: Vec<&str> = all.iter().take(most).map(AsRef::as_ref).collect();
    if named.len() == all.len() {
        return (named.join("、"), named.join(", "));
    }
    let left = all.len() - named.len();
    (format!("{}等（另有 {left} 处）", named.join("、")), format!("{} and {left} more", named.join(", ")))
}

/// The notices in their order, those of one kind and level as one where there are many. Nothing is lost: `result.json` holds each.
pub fn grouped(notices: &[Notice]) -> Vec<Notice> {
    let alike = |one: &Notice, other: &Notice| {
        one.level == other.level && matches!((&one.subject, &other.subject), (Some(a), Some(b)) if a.kind == b.kind)
    };
    let mut out = Vec::new();
    for (at, notice) in notices.iter().enumerate() {
        let group: Vec<&Subject> =
            notices.iter().filter(|other| alike(notice, other)).filter_map(|other| other.subject.as_ref()).collect();
        if group.len() < MANY {
            out.push(notice.clone());
        } else if !notices.iter().take(at).any(|earlier| alike(notice, earlier)) {
            out.extend(together(notice.level, &group));
        }
    }
    out
}

fn together(level: Level, group: &[&Subject]) -> Option<Notice> {
    let n = group.len();
    let zh: Vec<&str> = group.iter().map(|subject| subject.zh.as_str()).collect();
    let en: Vec<&str> = group.iter().map(|subject| subject.en.as_str()).collect();
    let (zh, en) = (few(&zh, NAMED).0, few(&en, NAMED).1);
    let (zh, en) = match &group.first()?.kind {
        Kind::MaybeTwo => (
            format!("{n} 粒粒子偏亮，每粒可能实为两粒：{zh}"),
            format!("{n} seeds are too bright, each may be two: {en}"),
        ),
        Kind::Touching => (
            format!("{n} 对粒子相接触（括号内为中心距），其中可能有两粒并作一粒者：{zh}"),
            format!("{n} pairs of seeds touch (distance of centres in brackets), one of a pair may be two: {en}"),
        ),
        Kind::Possible => (
            format!("另有 {n} 处可能的粒子未计入，位于（mm）：{zh}"),
            format!("{n} possible seeds are not counted, at (mm): {en}"),
        ),
        Kind::Rejected => (
            format!("{n} 处高密度影判为非粒子，未计入，位于（mm）：{zh}"),
            format!("{n} bright objects that are not seeds are not counted, at (mm): {en}"),
        ),
        Kind::Contour(name) => (
            format!("结构“{name}”的轮廓有 {n} 处已处理：{zh}"),
            format!("structure '{name}', {n} contours were mended: {en}"),
        ),
    };
    Some(Notice { level, zh, en, subject: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bright(number: usize) -> Notice {
        let subject = Subject { kind: Kind::MaybeTwo, zh: number.to_string(), en: number.to_string() };
        Notice { subject: Some(subject), ..Notice::warning(format!("粒子 {number}"), format!("seed {number}")) }
    }

    #[test]
    fn many_of_a_kind_become_one_and_few_stay() {
        let other = Notice::serious("数目不符", "count differs");
        let two = vec![other.clone(), bright(1), bright(2)];
        assert_eq!(grouped(&two), two);
        let hundred: Vec<Notice> = (1..=100).map(bright).chain([other.clone()]).collect();
        let told = grouped(&hundred);
        assert_eq!(told.len(), 2);
        assert!(told[0].zh.contains("100 粒") && told[0].zh.contains("另有 76 处"), "{}", told[0].zh);
        assert!(told[0].en.ends_with("24 and 76 more"), "{}", told[0].en);
        assert_eq!(told[1], other);
    }
}
