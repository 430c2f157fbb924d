//! What was wrong with the files, in both languages.

use image::study::{Problem, Severity, Study};

use super::{Level, Notice, few};

/// Most places named in one sentence.
const NAMED: usize = 6;

/// Sentences of the reader and their Chinese, by a part that only they have. What is not here stays in English.
const SENTENCES: [(&str, &str); 25] = [
    (
        "not ASCII although no (0008,0005)",
        "含非 ASCII 字符而文件未声明字符集 (0008,0005)，按西欧或系统常用字符集解码，请核对名称",
    ),
    ("bytes beyond ASCII", "含非 ASCII 字节，按本文件的字符集解码"),
    ("the 128 bytes before", "缺少 128 字节的文件前导，照常读取"),
    ("neither preamble nor", "既无文件前导也无“DICM”标识，按内容识别为 DICOM"),
    ("file meta information in", "文件元信息的编码不合标准，照常读取"),
    ("file meta information ends here", "文件元信息的长度有误，已按实际长度读取"),
    ("the data set looks like", "未声明传输语法，已按内容判断"),
    ("zero bytes after the last element", "末尾有多余的零字节，已略去"),
    ("bytes that are no data element", "末尾有不属于数据元素的字节，已略去"),
    ("it and what follows are left out", "文件被截断，该元素及其后的内容已略去"),
    ("kept what is there", "文件被截断，保留了已有部分"),
    ("kept what came before", "压缩数据中断，保留了中断以前的部分"),
    ("zero bytes where an element should be", "数据元素之间有零字节，已跳过"),
    ("does not exist; read as", "值表示（VR）有误，已按标准类型读取"),
    ("and counts once", "与文件夹中另一文件内容相同，只计一次"),
    ("has the same SOP Instance UID", "与另一文件的 SOP Instance UID 相同而内容不同，请查明应使用哪一个"),
    ("have no Patient ID", "部分文件没有患者编号，请确认属于本患者"),
    ("THE FOLDER MIXES", "文件夹中混有多位患者的文件，须先分开再计算"),
    ("the patient's name is written in", "各文件中患者姓名的写法不一致"),
    ("forms no volume", "有一个图像序列不能组成体数据，未使用"),
    ("which no image of the folder has", "结构集的参考坐标系与文件夹中任何图像都不相同，无法对应"),
    ("was drawn on are not in the folder", "勾画所用的部分图像不在文件夹中，序列可能不完整"),
    ("seeds of plan", "计划中有粒子位于图像层面以外：序列可能不完整，或计划并非在此序列上制订"),
    ("the dose grid", "剂量网格超出图像层面，序列可能不完整"),
    ("which is not in the folder", "引用了不在文件夹中的对象"),
];
/// A structure beyond the images; told apart because it names the structure.
const BEYOND: &str = "reaches beyond the slices of series";

/// The problems, equal ones told once.
pub fn of_study(study: &Study) -> Vec<Notice> {
    let mut groups: Vec<(Level, String, Vec<String>, Vec<&Problem>)> = Vec::new();
    for problem in &study.problems {
        let level = match problem.severity {
            Severity::Note => Level::Note,
            // a file that could not be used was left out; whether that matters, only the reader can say
            Severity::Warning | Severity::Error => Level::Warning,
        };
        let text = chinese(&problem.reason);
        match groups.iter_mut().find(|(l, zh, _, _)| *l == level && *zh == text) {
            Some((_, _, places, problems)) => {
                places.push(place(problem));
                problems.push(problem);
            }
            None => groups.push((level, text, vec![place(problem)], vec![problem])),
        }
    }
    let mut notices = Vec::new();
    for (level, zh, places, problems) in groups {
        let places: Vec<String> = places.into_iter().filter(|place| !place.is_empty()).collect();
        let zh = if places.is_empty() { zh } else { format!("{}：{zh}", few(&places, NAMED).0) };
        let english: Vec<String> = problems.iter().map(|problem| english(problem)).collect();
        notices.push(Notice {
            level,
            zh: format!("导入：{zh}。"),
            en: format!("import: {}", few(&english, 3).1),
            subject: None,
        });
    }
    notices
}

fn chinese(reason: &str) -> String {
    if reason.contains(BEYOND) {
        let name = reason.split('\'').nth(1).unwrap_or_default();
        return format!("结构“{name}”超出图像层面，序列可能不完整");
    }
    SENTENCES
        .iter()
        .find(|(part, _)| reason.contains(part))
        .map_or_else(|| reason.to_owned(), |(_, zh)| (*zh).to_owned())
}

/// File and attribute.
fn place(problem: &Problem) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !problem.path.as_os_str().is_empty() {
        parts.push(problem.path.display().to_string());
    }
    // a repair names its attribute in the sentence
    let told = problem.reason.strip_prefix("tolerated: ").and_then(|rest| rest.split_once(": ")).map(|(tag, _)| tag);
    parts.extend(problem.tag.as_deref().or(told.filter(|tag| tag.starts_with('('))).map(str::to_owned));
    parts.join(" ")
}

fn english(problem: &Problem) -> String {
    let place = problem.path.display().to_string();
    let tag = problem.tag.clone().map(|tag| format!("{tag}: ")).unwrap_or_default();
    let colon = if place.is_empty() { "" } else { ": " };
    format!("{place}{colon}{tag}{}", problem.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tolerated(what: &str) -> Problem {
        Problem { path: "SS001.dcm".into(), tag: None, reason: format!("tolerated: {what}"), severity: Severity::Note }
    }

    #[test]
    fn equal_repairs_are_one_chinese_sentence_with_their_places() {
        let charset = "not ASCII although no (0008,0005) Specific Character Set says so; decoded as ISO 8859-1";
        let study = Study {
            problems: vec![
                tolerated(&format!("(3006,0026) ROIName: {charset}")),
                tolerated(&format!("(3006,0085) ROIObservationLabel: {charset}")),
                tolerated("something new"),
            ],
            ..Study::default()
        };
        let notices = of_study(&study);
        assert_eq!(notices.len(), 2);
        let zh = &notices[0].zh;
        assert!(zh.contains("字符集") && zh.contains("ROIName") && zh.contains("ROIObservationLabel"), "{zh}");
        assert!(!zh.contains("ASCII although") && notices[0].en.contains("decoded as ISO 8859-1"));
        assert!(notices[1].zh.contains("something new"), "what is not known is not hidden");
    }
}
