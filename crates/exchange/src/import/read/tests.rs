use std::io::{Cursor, Write};

use calamine::Reader;
use jiff::civil::date;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn small() -> Limits {
    Limits { file: 4 << 20, unpacked: 2 << 20, sheets: 4, rows: 1000, columns: 64, cells: 5000, characters: 1 << 20 }
}

/// A workbook as Excel would write it, by another program than ours.
fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let day = Format::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
    let sheet = book.add_worksheet();
    sheet.set_name("登记 表").unwrap();
    sheet.write(0, 0, "姓名 & <名>").unwrap();
    sheet.write(0, 1, "日期").unwrap();
    sheet.write(2, 0, "王 小明").unwrap();
    sheet.write_with_format(2, 1, ExcelDateTime::from_ymd(2026, 3, 1).unwrap(), &day).unwrap();
    sheet.write(2, 2, 0.1).unwrap();
    sheet.write(2, 3, true).unwrap();
    sheet.write(2, 30, 7).unwrap();
    sheet.write_formula(3, 0, rust_xlsxwriter::Formula::new("=1+2").set_result("3")).unwrap();
    book.add_worksheet().set_name("空").unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn xlsx_is_read_as_another_reader_reads_it() {
    let bytes = workbook();
    let sheets = read(&bytes, Limits::default()).unwrap();
    assert_eq!(sheets.iter().map(|sheet| sheet.name.as_str()).collect::<Vec<_>>(), ["登记 表", "空"]);
    let rows = &sheets[0].rows;
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 3, 4]);
    assert_eq!(rows[0].cells[&0], Raw::Text("姓名 & <名>".into()));
    assert_eq!(rows[1].cells[&1], Raw::Date(date(2026, 3, 1).at(0, 0, 0, 0)));
    assert_eq!(
        (&rows[1].cells[&2], &rows[1].cells[&3], &rows[1].cells[&30]),
        (&Raw::Number(0.1), &Raw::Bool(true), &Raw::Number(7.0))
    );
    assert_eq!(rows[2].cells[&0], Raw::Number(3.0));
    let mut other = calamine::Xlsx::new(Cursor::new(bytes)).unwrap();
    for (row, column, value) in other.worksheet_range("登记 表").unwrap().used_cells() {
        let ours = rows.iter().find(|one| one.number == row as u32 + 1).and_then(|one| one.cells.get(&(column as u32)));
        match (ours, value) {
            (Some(Raw::Text(one)), calamine::Data::String(other)) => assert_eq!(one, other),
            (Some(Raw::Number(one)), calamine::Data::Float(other)) => assert_eq!(one, other),
            (Some(Raw::Number(one)), calamine::Data::Int(other)) => assert_eq!(*one, *other as f64),
            (Some(Raw::Bool(one)), calamine::Data::Bool(other)) => assert_eq!(one, other),
            (Some(Raw::Date(one)), calamine::Data::DateTime(other)) => {
                assert_eq!(serial(other.as_f64(), false), Some(*one));
            }
            (ours, other) => panic!("{row} {column}: {ours:?} {other:?}"),
        }
    }
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated))
            .unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const ODS: &str = r#"<?xml version="1.0"?><office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet>
<table:table table:name="S"><table:table-column/><table:table-row><table:table-cell office:value-type="string"><text:p>住院号</text:p></table:table-cell>
<table:table-cell table:number-columns-repeated="2"/><table:table-cell office:value-type="date" office:date-value="2026-03-01"><text:p>1.3.26</text:p></table:table-cell></table:table-row>
<table:table-row table:number-rows-repeated="2"><table:table-cell office:value-type="float" office:value="0.5" table:number-columns-repeated="2"><text:p>1/2</text:p></table:table-cell><table:table-cell office:value-type="string"><office:annotation><text:p>note</text:p></office:annotation><text:p>a<text:s/>&amp;</text:p><text:p>b</text:p></table:table-cell></table:table-row>
<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"#;

#[test]
fn ods_is_read_and_its_repetitions_are_counted() {
    let sheets = read(&zipped(&[("content.xml", ODS.as_bytes())]), small()).unwrap();
    let rows = &sheets[0].rows;
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(rows[0].cells[&3], Raw::Date(date(2026, 3, 1).at(0, 0, 0, 0)));
    assert_eq!((&rows[2].cells[&1], &rows[2].cells[&2]), (&Raw::Number(0.5), &Raw::Text("a &\nb".into())));
    for (what, from, to) in [
        ("rows", "number-rows-repeated=\"2\"", "number-rows-repeated=\"4000000000\""),
        ("columns", "0.5\" table:number-columns-repeated=\"2\"", "0.5\" table:number-columns-repeated=\"4000000000\""),
    ] {
        assert!(ODS.contains(from));
        let bomb = ODS.replace(from, to);
        let refused = read(&zipped(&[("content.xml", bomb.as_bytes())]), small());
        assert!(matches!(&refused, Err(ReadError::TooMany { .. })), "{what}: {refused:?}");
    }
}

#[test]
fn bombs_are_refused_whatever_they_claim() {
    // a thousandfold packed
    let zeros = vec![b' '; 8 << 20];
    let bomb =
        zipped(&[("[Content_Types].xml", b""), ("xl/workbook.xml", b"<workbook/>"), ("xl/sharedStrings.xml", &zeros)]);
    assert!(bomb.len() < 64 << 10);
    assert_eq!(read(&bomb, small()), Err(ReadError::Unpacked(2)));
    // a table of strings that claims to be endless, an empty sheet with a last cell, entities that multiply
    let claims = zipped(&[
        ("[Content_Types].xml", b""),
        ("xl/workbook.xml", b"<workbook xmlns:r='r'><sheets><sheet name='S' r:id='a'/></sheets></workbook>"),
        ("xl/_rels/workbook.xml.rels", b"<R><Relationship Id='a' Type='x/worksheet' Target='worksheets/sheet1.xml'/></R>"),
        ("xl/sharedStrings.xml", b"<sst uniqueCount='18446744073709551615'><si><t>x</t></si></sst>"),
        ("xl/worksheets/sheet1.xml", b"<!DOCTYPE w [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><worksheet><dimension ref='A1:XFD1048576'/><sheetData><row r='1'><c r='A1' t='s'><v>0</v></c></row><row r='1048576'><c r='B1048576' t='inlineStr'><is><t>&b;z</t></is></c></row></sheetData></worksheet>"),
    ]);
    let sheets = read(&claims, small()).unwrap();
    assert_eq!(sheets[0].rows.len(), 2);
    assert_eq!(sheets[0].rows[1].cells[&1], Raw::Text("z".into()));
    assert_eq!(read(&vec![b'a'; 5 << 20], small()), Err(ReadError::File(4)));
    let wide = "x,".repeat(100);
    assert!(matches!(read(wide.as_bytes(), small()), Err(ReadError::TooMany { what: "columns", .. })));
    let long = "x\n".repeat(2000);
    assert!(matches!(read(long.as_bytes(), small()), Err(ReadError::TooMany { what: "rows", .. })));
}

#[test]
fn csv_of_chinese_excel_is_read() {
    let text = "住院号;姓名\r\n\"A;1\";王\r\n\r\n'=2;x\r\n";
    let (gbk, _, _) = encoding_rs::GB18030.encode(text);
    for bytes in [text.as_bytes().to_vec(), gbk.into_owned(), [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat()] {
        let rows = &read(&bytes, small()).unwrap()[0].rows;
        assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 2, 4]);
        assert_eq!(rows[0].cells[&1], Raw::Text("姓名".into()));
        assert_eq!(rows[1].cells[&0], Raw::Text("A;1".into()));
        assert_eq!(rows[2].cells[&0], Raw::Text("=2".into()), "the guard against formulas is taken off");
    }
    assert!(matches!(read(b"\x00\x01\x02\x03binary", small()), Err(ReadError::Unknown(_))));
    assert!(matches!(read(&[0xff, 0xff, 0x80, 0x00], small()), Err(ReadError::Unknown(_))));
}

/// A small workbook of Excel 97 in a compound file, put together by hand after [MS-CFB] and [MS-XLS].
fn xls(records: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut stream = Vec::new();
    for (kind, data) in records {
        stream.extend(kind.to_le_bytes());
        stream.extend((data.len() as u16).to_le_bytes());
        stream.extend(data);
    }
    stream.resize(stream.len().max(4096).next_multiple_of(512), 0);
    let sectors = stream.len() / 512;
    let mut header = vec![0; 512];
    header[..8].copy_from_slice(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
    let mut set = |at: usize, value: u32| header[at..at + 4].copy_from_slice(&value.to_le_bytes());
    set(24, 0x0003_003e);
    set(28, 0x0009_fffe);
    set(32, 6);
    set(44, 1);
    set(48, 1); // directory
    set(56, 4096);
    set(60, 0xffff_fffe);
    set(68, 0xffff_fffe);
    (0..109).for_each(|at| set(76 + 4 * at, if at == 0 { 0 } else { 0xffff_ffff }));
    let mut fat = vec![0xffff_fffd_u32, 0xffff_fffe];
    fat.extend((0..sectors as u32).map(|at| if at as usize + 1 == sectors { 0xffff_fffe } else { at + 3 }));
    fat.resize(128, 0xffff_ffff);
    let entry = |name: &str, kind: u8, start: u32, size: u32| {
        let mut entry = vec![0; 128];
        let units: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        entry[..units.len()].copy_from_slice(&units);
        entry[64..66].copy_from_slice(&(units.len() as u16).to_le_bytes());
        entry[66] = kind;
        entry[68..80].copy_from_slice(&[0xff; 12]);
        if kind == 5 {
            entry[76..80].copy_from_slice(&1_u32.to_le_bytes());
        }
        entry[116..120].copy_from_slice(&start.to_le_bytes());
        entry[120..124].copy_from_slice(&size.to_le_bytes());
        entry
    };
    let directory =
        [entry("Root Entry", 5, 0xffff_fffe, 0), entry("Workbook", 2, 2, stream.len() as u32), vec![0; 256]].concat();
    let fat: Vec<u8> = fat.into_iter().flat_map(u32::to_le_bytes).collect();
    [header, fat, directory, stream].concat()
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn excel_97() -> Vec<(u16, Vec<u8>)> {
    let bof = |kind: u8| vec![0, 6, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let cell = |row: u16, column: u16, format: u16, rest: &[u8]| {
        [&row.to_le_bytes(), &column.to_le_bytes(), &format.to_le_bytes(), rest].concat()
    };
    let format = |number: u16| [vec![0, 0], number.to_le_bytes().to_vec(), vec![0; 16]].concat();
    // two strings, the second cut by a record's end and going on in narrow letters
    let sst = [vec![2, 0, 0, 0, 2, 0, 0, 0], vec![3, 0, 1], wide("住院号"), vec![4, 0, 1], wide("王a")].concat();
    let globals = vec![
        (0x0809, bof(5)),
        (0x00e0, format(0)),
        (0x00e0, format(14)),
        (0x0085, [vec![0; 4], vec![0, 0, 2, 1], wide("表1")].concat()),
        (0x00fc, sst),
        (0x003c, [vec![0], b"bc".to_vec()].concat()),
        (0x000a, vec![]),
    ];
    let at: usize = globals.iter().map(|(_, data)| 4 + data.len()).sum();
    let mut all = globals;
    all[3].1[..4].copy_from_slice(&(at as u32).to_le_bytes());
    let rk = |value: f64| ((value.to_bits() >> 32) as u32).to_le_bytes();
    all.extend([
        (0x0809, bof(16)),
        // claims four thousand million rows
        (0x0200, [0_u32.to_le_bytes().as_slice(), &u32::MAX.to_le_bytes(), &[0, 0, 0, 1, 0, 0]].concat()),
        (0x00fd, cell(0, 0, 0, &0_u32.to_le_bytes())),
        (0x00fd, cell(1, 0, 0, &1_u32.to_le_bytes())),
        (0x027e, cell(1, 1, 1, &rk(46082.0))),
        (0x027e, cell(1, 2, 0, &((1250 << 2) | 3_u32).to_le_bytes())),
        (0x0203, cell(1, 3, 0, &0.1_f64.to_le_bytes())),
        (0x0205, cell(1, 4, 0, &[1, 0])),
        (0x00bd, cell(2, 0, 0, &[rk(2.0).as_slice(), &[0, 0], &((7 << 2) | 2_u32).to_le_bytes(), &[1, 0]].concat())),
        (0x0006, cell(3, 0, 0, &[0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0])),
        (0x0207, [vec![2, 0, 0], b"ok".to_vec()].concat()),
        (0x000a, vec![]),
    ]);
    all
}

#[test]
fn xls_of_excel_97_is_read() {
    let bytes = xls(&excel_97());
    let sheets = read(&bytes, small()).unwrap();
    assert_eq!(sheets[0].name, "表1");
    let rows = &sheets[0].rows;
    assert_eq!(rows[0].cells[&0], Raw::Text("住院号".into()));
    assert_eq!(rows[1].cells[&0], Raw::Text("王abc".into()));
    assert_eq!(rows[1].cells[&1], Raw::Date(date(2026, 3, 1).at(0, 0, 0, 0)));
    assert_eq!([&rows[1].cells[&2], &rows[1].cells[&3]], [&Raw::Number(12.5), &Raw::Number(0.1)]);
    assert_eq!(rows[1].cells[&4], Raw::Bool(true));
    assert_eq!([&rows[2].cells[&0], &rows[2].cells[&1]], [&Raw::Number(2.0), &Raw::Number(7.0)]);
    assert_eq!(rows[3].cells[&0], Raw::Text("ok".into()));
    let mut locked = excel_97();
    locked.insert(1, (0x002f, vec![0; 6]));
    assert_eq!(read(&xls(&locked), small()), Err(ReadError::Encrypted));
}

/// Without the record that claims an endless sheet, another reader reads the same.
#[test]
fn xls_is_read_as_another_reader_reads_it() {
    let honest: Vec<_> = excel_97().into_iter().filter(|(kind, _)| *kind != 0x0200).collect();
    let bytes = xls(&honest);
    let ours = read(&bytes, small()).unwrap();
    let mut other = calamine::Xls::new(Cursor::new(bytes)).unwrap();
    let range = other.worksheet_range("表1").unwrap();
    let mut seen = 0;
    for (row, column, value) in range.used_cells() {
        let cell =
            ours[0].rows.iter().find(|one| one.number == row as u32 + 1).unwrap().cells[&(column as u32)].clone();
        match (cell, value) {
            (Raw::Text(one), calamine::Data::String(other)) => assert_eq!(&one, other),
            (Raw::Number(one), other) => assert_eq!(Some(one), calamine::DataType::as_f64(other)),
            (Raw::Bool(one), calamine::Data::Bool(other)) => assert_eq!(one, *other),
            (Raw::Date(one), calamine::Data::DateTime(other)) => assert_eq!(serial(other.as_f64(), false), Some(one)),
            (one, other) => panic!("{one:?} {other:?}"),
        }
        seen += 1;
    }
    assert_eq!(seen, 9);
}

#[test]
fn serial_numbers_are_days() {
    let day = |number| serial(number, false).map(jiff::civil::DateTime::date);
    assert_eq!(day(1.0), Some(date(1900, 1, 1)));
    assert_eq!(day(59.0), Some(date(1900, 2, 28)));
    assert_eq!(day(60.0), None);
    assert_eq!(day(61.0), Some(date(1900, 3, 1)));
    assert_eq!(serial(0.0, true).map(jiff::civil::DateTime::date), Some(date(1904, 1, 1)));
    assert_eq!(serial(46_082.999_999_999, false), Some(date(2026, 3, 2).at(0, 0, 0, 0)));
    assert_eq!([serial(-1.0, false), serial(f64::NAN, false), serial(1e300, true)], [None, None, None]);
}

fn any_byte_changed(bytes: Vec<u8>, changes: &[(usize, u8)]) -> Vec<u8> {
    let mut bytes = bytes;
    for (at, value) in changes {
        let at = at % bytes.len();
        bytes[at] = *value;
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_do_not_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), kind in 0_usize..4) {
        let heads: [&[u8]; 4] = [b"", b"PK\x03\x04", &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], b"\xff\xfe"];
        let _ = read(&[heads[kind], &bytes].concat(), small());
    }

    #[test]
    fn damaged_workbooks_do_not_make_it_panic(changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..12)) {
        let _ = read(&any_byte_changed(xls(&excel_97()), &changes), small());
        let _ = read(&any_byte_changed(workbook(), &changes), small());
        let _ = read(&zipped(&[("content.xml", &any_byte_changed(ODS.as_bytes().to_vec(), &changes))]), small());
    }
}
