use std::io::{Cursor, Read};

use calamine::{Data, Reader};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use records::facts::CaseFile;
use records::forms::Forms;
use records::{About, Fact, Facts};

use super::*;
use crate::fixture;
use crate::table::Table;
use crate::write::{Archive, Format};

/// The whole made-up register in a format.
fn whole(format: Format) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let mut archive = Archive::new(&mut out, format, fixture::made()).unwrap();
    let all: Vec<_> = (1..=3).map(fixture::case).collect();
    archive.table(&cases(), all.iter().map(case_row)).unwrap();
    archive.table(&patients(), (1..=3).map(|number| patient_row(&fixture::patient(number)))).unwrap();
    archive.table(&people(true), [person_row(&fixture::person(), true)]).unwrap();
    archive.table(&hospitals(), [hospital_row(&fixture::hospital())]).unwrap();
    archive.table(&lots(), [lot_row(&fixture::lot())]).unwrap();
    archive.table(&movements(), [movement_row(&fixture::movement())]).unwrap();
    let records = fixture::records_of(&all[0]);
    let file = CaseFile { case: &all[0], records: &records, studies: &[], verifications: &[], movements: &[] };
    archive.table(&facts(), [fact_row(&Facts::of(file))]).unwrap();
    let forms = Forms::builtin();
    for form in forms.all() {
        let table = FormTable::of(&forms, &form.name, true).unwrap();
        let about = if form.about.contains(&records::Kind::Case) {
            About::Case(all[0].id)
        } else {
            About::Hospital(fixture::id(1))
        };
        archive.table(table.table(), [table.row(&fixture::record(&form.name, about, 1), "ZL-2026-0001")]).unwrap();
    }
    archive.finish().unwrap();
    out.into_inner()
}

fn unzipped(bytes: &[u8], name: &str) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut content = Vec::new();
    zip.by_name(name).unwrap().read_to_end(&mut content).unwrap();
    content
}

#[test]
fn every_fact_has_a_label_in_both_languages() {
    let text = include_str!("../../../../data/exchange/facts.toml").parse::<toml::Table>().unwrap();
    for fact in Fact::ALL {
        let label = fact_label(*fact);
        assert!(!label.zh.is_empty() && !label.en.is_empty(), "{}", fact.name());
    }
    assert_eq!(text["zh"].as_table().unwrap().len(), Fact::ALL.len());
}

#[test]
fn the_same_register_gives_the_same_bytes() {
    for format in [Format::Csv { bom: true }, Format::Xlsx, Format::Parquet] {
        assert!(whole(format) == whole(format), "{format:?}");
    }
}

#[test]
fn csv_has_the_mark_the_header_and_no_formula() {
    let bytes = unzipped(&whole(Format::Csv { bom: true }), "cases.csv");
    assert!(bytes.starts_with(b"\xef\xbb\xbfcase_id,case_number,"));
    let mut reader = csv::Reader::from_reader(&bytes[3..]);
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(&rows[0][at("diagnosis")], "'=前列腺癌");
    assert_eq!(&rows[0][at("treated_on")], "2026-03-10");
    assert_eq!(&rows[0][at("prescription_gy")], "145");
    let procedure = unzipped(&whole(Format::Csv { bom: false }), "procedure.csv");
    let started = fixture::example("procedure")["started_at"].as_str().unwrap().to_owned();
    assert!(String::from_utf8(procedure).unwrap().contains(&started), "a moment keeps its distance from UTC");
}

#[test]
fn a_workbook_has_real_dates_and_texts_that_are_not_formulas() {
    let bytes = whole(Format::Xlsx);
    let mut book = calamine::Xlsx::new(Cursor::new(bytes)).unwrap();
    let sheet = book.worksheet_range("cases").unwrap();
    let column = |name: &str| cases().columns.iter().position(|column| column.name == name).unwrap() as u32;
    let cell = |name: &str| sheet.get_value((1, column(name))).unwrap().clone();
    match cell("treated_on") {
        Data::DateTime(day) => assert_eq!(day.as_f64(), 46_091.0), // 10 March 2026
        other => panic!("{other:?}"),
    }
    assert_eq!(cell("diagnosis"), Data::String("=前列腺癌".into()));
    assert_eq!(cell("withdrawn"), Data::Bool(false));
    assert!(book.worksheet_formula("cases").unwrap().is_empty());
    assert!(book.sheet_names().contains(&"dictionary".to_owned()));
}

#[test]
fn parquet_has_types() {
    let bytes = unzipped(&whole(Format::Parquet), "cases.parquet");
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
    let row = reader.get_row_iter(None).unwrap().next().unwrap().unwrap();
    let column = |name: &str| cases().columns.iter().position(|column| column.name == name).unwrap();
    assert_eq!(row.get_string(column("case_number")).unwrap(), "ZL-2026-0001");
    let days = fixture::case(1).implanted_on.unwrap().since(jiff::civil::date(1970, 1, 1)).unwrap().get_days();
    assert_eq!(row.get_column_iter().nth(column("treated_on")).unwrap().1, &parquet::record::Field::Date(days));
    assert_eq!(row.get_double(column("prescription_gy")).unwrap(), 145.0);
    assert_eq!(row.get_long(column("seeds_planned")).unwrap(), 60);
    assert!(!row.get_bool(column("withdrawn")).unwrap());
}

#[test]
fn the_dictionary_has_every_column_of_every_table() {
    let bytes = unzipped(&whole(Format::Csv { bom: false }), "dictionary.csv");
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let has = |table: &str, column: &str| rows.iter().find(|row| &row[0] == table && &row[3] == column).cloned();
    let laboratory = has("laboratory", "tg_ng_ml").unwrap();
    assert_eq!(&laboratory[8], "ng/mL");
    assert_eq!(&laboratory[6], "number");
    assert!(has("cases", "route").unwrap()[10].contains("percutaneous="));
    for table in [cases(), patients(), people(true), hospitals(), lots(), movements(), facts()] {
        for column in &table.columns {
            let row = has(&table.name, &column.name).unwrap();
            assert!(!row[4].is_empty() && !row[5].is_empty(), "{} {}", table.name, column.name);
        }
    }
}

#[test]
fn what_identifies_is_left_out_unless_asked_for() {
    let forms = Forms::builtin();
    let has = |identifying| {
        let table = FormTable::of(&forms, "consent", identifying).unwrap();
        table.table().columns.iter().any(|column| column.name == "signed_by")
    };
    assert!(has(true) && !has(false));
    assert!(people(false).columns.iter().all(|column| column.name != "name"));
    assert_eq!(people(false).columns.len(), person_row(&fixture::person(), false).len());
}

#[test]
fn many_rows_and_odd_values_go_through_every_format() {
    let table = Table {
        name: "a_table_whose_name_is_longer_than_a_sheet_may_have".into(),
        label: records::forms::Words::new("表", "table"),
        columns: vec![
            crate::Column::new("text", crate::Kind::Text, "文", "text"),
            crate::Column::new("day", crate::Kind::Date, "日", "day"),
        ],
    };
    for format in [Format::Csv { bom: false }, Format::Xlsx, Format::Parquet] {
        let mut out = Cursor::new(Vec::new());
        let mut archive = Archive::new(&mut out, format, fixture::made()).unwrap();
        assert!(archive.row(&[]).is_err());
        let rows = (0..40_000).map(|number| {
            let day = if number % 2 == 0 { Cell::Date(jiff::civil::date(1890, 1, 1)) } else { Cell::Empty };
            [Cell::text(format!("\"{number}\"\n,")), day]
        });
        archive.table(&table, rows).unwrap();
        archive.finish().unwrap();
        assert!(out.into_inner().len() > 1000);
    }
}

#[test]
fn a_value_of_another_type_is_said_by_parquet_and_kept_by_csv() {
    let table = Table {
        name: "t".into(),
        label: records::forms::Words::default(),
        columns: vec![crate::Column::new("n", crate::Kind::Whole, "数", "n")],
    };
    let write = |format| {
        let mut archive = Archive::new(Cursor::new(Vec::new()), format, fixture::made()).unwrap();
        archive.table(&table, [[Cell::text("many")]])
    };
    assert!(write(Format::Csv { bom: false }).is_ok());
    assert!(write(Format::Parquet).unwrap_err().to_string().contains("'many'"));
}

/// How much memory large tables take: `cargo test -p dosewright-exchange large_tables -- --ignored --nocapture`. One format a run, for
/// the peak of a process only grows: `EXPORT=csv`, `xlsx` or `parquet`.
#[test]
#[ignore = "takes a minute, and reads the peak memory of its process"]
fn large_tables() {
    let format = match std::env::var("EXPORT").unwrap_or_default().as_str() {
        "xlsx" => Format::Xlsx,
        "parquet" => Format::Parquet,
        _ => Format::Csv { bom: true },
    };
    let peak = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("unknown").to_owned()
    };
    let before = peak();
    for rows in [20_000, 400_000] {
        let path = std::env::temp_dir().join(format!("dosewright-large-{}", std::process::id()));
        let mut archive = Archive::new(std::fs::File::create(&path).unwrap(), format, fixture::made()).unwrap();
        archive.table(&cases(), (0..rows).map(|number| case_row(&fixture::case(number)))).unwrap();
        archive.finish().unwrap();
        let size = std::fs::metadata(&path).unwrap().len();
        std::fs::remove_file(&path).unwrap();
        println!("{format:?} {rows} rows: {size} bytes, {before} before, {} after", peak());
    }
}
