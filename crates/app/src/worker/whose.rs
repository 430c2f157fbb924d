//! Whether a study is of the patient of its case: the files name somebody too.

use image::study::Study;
use records::Patient;
use records::study::Remark;

use crate::verify::{Level, Notice};

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What speaks against the study's being of the case's patient; no names.
pub fn remarks(study: &Study, patient: &Patient) -> Vec<Remark> {
    let remark = |severity: &str, tag: &str, zh: &str, en: &str| Remark {
        severity: severity.to_owned(),
        path: String::new(),
        tag: Some(tag.to_owned()),
        zh: zh.to_owned(),
        en: en.to_owned(),
    };
    let mut remarks = Vec::new();
    let (ours, theirs) = (plain(&patient.number), plain(&study.patient.id));
    if !ours.is_empty() && !theirs.is_empty() && ours != theirs {
        remarks.push(remark(
            "error",
            "(0010,0020) PatientID",
            "文件中的患者编号与本病例登记的不同：请确认这是该患者的影像，否则撤销此检查。",
            "the Patient ID in the files is not the number registered with this case: make sure that the images are this patient's, \
             or withdraw the study",
        ));
    }
    let born = |date: Option<jiff::civil::Date>| date.filter(|date| date.year() > 1900);
    if let (Some(ours), Some(theirs)) = (born(patient.birth_date), born(study.patient.birth_date))
        && ours != theirs
    {
        remarks.push(remark(
            "error",
            "(0010,0030) PatientBirthDate",
            "文件中的出生日期与本病例登记的不同：请确认这是该患者的影像，否则撤销此检查。",
            "the date of birth in the files is not the one registered with this case: make sure that the images are this patient's, \
             or withdraw the study",
        ));
    }
    let groups: Vec<String> = study.patient.name.split('=').map(plain).filter(|name| !name.is_empty()).collect();
    let name = plain(&patient.name);
    // a name may be written in another script; only one in the same script can contradict
    let same_script = |group: &&String| group.is_ascii() == name.is_ascii();
    let comparable: Vec<&String> = groups.iter().filter(same_script).collect();
    if !comparable.is_empty() && !comparable.iter().any(|group| **group == name) {
        remarks.push(remark(
            "warning",
            "(0010,0010) PatientName",
            "文件中的患者姓名与本病例登记的写法不同，请核对。",
            "the patient's name in the files is written otherwise than in this case; check it",
        ));
    }
    remarks
}

/// The same for the reader of a result, whose report bears the registered identity.
pub fn notices(study: &Study, patient: &Patient) -> Vec<Notice> {
    let notice = |remark: Remark| {
        let level = if remark.severity == "error" { Level::Serious } else { Level::Warning };
        let zh = format!("{}报告采用本病例登记的身份。", remark.zh);
        Notice {
            level,
            ..Notice::note(zh, format!("{}; the report bears the identity registered with this case", remark.en))
        }
    };
    remarks(study, patient).into_iter().map(notice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patient(name: &str, number: &str) -> Patient {
        Patient {
            id: records::Id::new(0, [0; 10]),
            version: 1,
            number: number.into(),
            name: name.into(),
            birth_date: Some(jiff::civil::date(1951, 4, 12)),
            sex: String::new(),
            salt: String::new(),
        }
    }

    fn study(name: &str, id: &str, birth_date: Option<jiff::civil::Date>) -> Study {
        let patient = image::study::Patient { name: name.into(), id: id.into(), birth_date, ..Default::default() };
        Study { patient, ..Study::default() }
    }

    #[test]
    fn another_number_or_birth_is_serious_another_spelling_a_warning() {
        let born = Some(jiff::civil::date(1951, 4, 12));
        let levels = |study: &Study, patient: &Patient| -> Vec<Level> {
            notices(study, patient).iter().map(|notice| notice.level).collect()
        };
        assert_eq!(levels(&study("Ji^Wenhai=季^文海", "p 417", born), &patient("季文海", "P-417")), []);
        // another script says nothing
        assert_eq!(levels(&study("Ji^Wenhai", "P-417", born), &patient("季文海", "P-417")), []);
        assert_eq!(levels(&study("季^文河", "P-417", born), &patient("季文海", "P-417")), [Level::Warning]);
        let other = study("季^文海", "P-418", Some(jiff::civil::date(1950, 4, 12)));
        let told = notices(&other, &patient("季文海", "P-417"));
        assert_eq!(told.iter().map(|one| one.level).collect::<Vec<_>>(), [Level::Serious, Level::Serious]);
        for notice in told {
            assert!(notice.zh.contains("登记的身份") && notice.en.contains("registered"), "{notice:?}");
            assert!(!notice.zh.contains("季文") && !notice.en.contains("417"), "{notice:?}");
        }
    }
}
