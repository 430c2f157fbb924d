//! A list of seeds from a file: the `seeds.csv` that a verification writes, or JSON.
//!
//! CSV: comma-separated, the first line names the columns. `x_mm`, `y_mm`, `z_mm` are needed; `axis_x`, `axis_y`, `axis_z`, `origin`
//! (found, plan, added, moved), `confidence`, `note`, `model` and `air_kerma_strength_U` are read where they are there, others passed over.
//! JSON: a list of `{ "centre_mm": [x, y, z], "axis": …, "origin": … }`, an object with such a list as `seeds` (as
//! `find-seeds --json` prints it), or a whole `result.json`. Without an origin a seed with a confidence was found, any other added.

use std::path::Path;

use physics::AirKermaStrength;
use serde_json::Value;

use super::given::{GivenSeed, SeedTag};
use crate::failure::Failure;

/// Reads a list of seeds; its kind is told by the ending of its name.
///
/// # Errors
/// When the file cannot be read or used; a bad row is named by its line (CSV) or its number (JSON).
pub fn read(path: &Path) -> Result<Vec<GivenSeed>, Failure> {
    let name = path.display();
    let bytes = std::fs::read(path).map_err(|error| Failure::input(format!("{name} cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::input(format!("{name} is not UTF-8; save it as 'CSV UTF-8', or as JSON, which always is"))
    })?;
    let json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let seeds = if json { of_json(&text) } else { of_csv(&text) };
    let seeds = seeds.map_err(|why| Failure::input(format!("{name}: {why}")))?;
    if seeds.is_empty() {
        return Err(Failure::input(format!("{name} lists no seeds")));
    }
    Ok(seeds)
}

/// Seeds of a CSV table.
pub fn of_csv(text: &str) -> Result<Vec<GivenSeed>, String> {
    let mut rows = rows(text.trim_start_matches('\u{feff}'))?.into_iter();
    let (_, names) = rows.next().unwrap_or_default();
    let names: Vec<&str> = names.iter().map(|name| name.trim()).collect();
    let column = |name: &str| names.iter().position(|other| other.eq_ignore_ascii_case(name));
    let needed = |name: &str| {
        column(name).ok_or_else(|| {
            format!(
                "line 1 names no column '{name}'; the first line must name the columns x_mm, y_mm and z_mm, separated by commas, \
                 as in the seeds.csv of a verification"
            )
        })
    };
    let place = [needed("x_mm")?, needed("y_mm")?, needed("z_mm")?];
    let axis = ["axis_x", "axis_y", "axis_z"].map(column);
    let [origin, confidence, note] = ["origin", "confidence", "note"].map(column);
    let [model, strength] = ["model", "air_kerma_strength_U"].map(column);
    let mut seeds = Vec::new();
    for (line, cells) in rows {
        // a spreadsheet leaves rows of commas behind
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let at = |why: String| format!("line {line} (seed {}): {why}", seeds.len() + 1);
        if cells.len() > names.len() {
            return Err(at(format!("it has {} cells, the first line names {} columns", cells.len(), names.len())));
        }
        let cell = |column: Option<usize>| column.and_then(|c| cells.get(c)).map_or("", |text| text.trim());
        let number = |column: Option<usize>| -> Result<Option<f64>, String> {
            let text = cell(column);
            if text.is_empty() {
                return Ok(None);
            }
            let name = column.and_then(|c| names.get(c)).copied().unwrap_or_default();
            text.parse().map(Some).map_err(|_| format!("{name} is '{text}', which is not a number"))
        };
        let coordinate = |column: usize| {
            let name = names.get(column).copied().unwrap_or_default();
            number(Some(column))?.ok_or_else(|| format!("{name} is empty"))
        };
        let seed = (|| {
            let direction = [number(axis[0])?, number(axis[1])?, number(axis[2])?];
            let axis = match direction {
                [Some(x), Some(y), Some(z)] => Some([x, y, z]),
                [None, None, None] => None,
                _ => return Err("its axis has only some of axis_x, axis_y, axis_z; give all three or none".to_owned()),
            };
            let confidence = number(confidence)?;
            GivenSeed {
                centre_mm: [coordinate(place[0])?, coordinate(place[1])?, coordinate(place[2])?],
                axis,
                origin: tag(cell(origin), confidence)?,
                confidence,
                note: plain(cell(note)),
                model: Some(plain(cell(model))).filter(|name| !name.is_empty()),
                strength: number(strength)?.map(AirKermaStrength::new),
            }
            .checked()
        })();
        seeds.push(seed.map_err(at)?);
    }
    Ok(seeds)
}

/// Seeds of a JSON document.
pub fn of_json(text: &str) -> Result<Vec<GivenSeed>, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    let list = [&value, &value["seeds"], &value["implant"]["seeds"]];
    let list = list.into_iter().find_map(Value::as_array).ok_or(
        "it holds no list of seeds; write [ { \"centre_mm\": [x, y, z] }, … ], or give the result.json of a verification",
    )?;
    list.iter().zip(1..).map(|(one, number)| seed_of_json(one).map_err(|why| format!("seed {number}: {why}"))).collect()
}

fn seed_of_json(one: &Value) -> Result<GivenSeed, String> {
    let point = |name: &str| -> Result<Option<[f64; 3]>, String> {
        let value = &one[name];
        if value.is_null() {
            return Ok(None);
        }
        serde_json::from_value(value.clone()).map(Some).map_err(|_| format!("'{name}' is {value}, not three numbers"))
    };
    let text = |name: &str| match &one[name] {
        Value::Null => Ok(""),
        Value::String(text) => Ok(text.as_str()),
        other => Err(format!("'{name}' is {other}, not a text")),
    };
    let confidence = match &one["confidence"] {
        Value::Null => None,
        value => Some(value.as_f64().ok_or_else(|| format!("'confidence' is {value}, not a number"))?),
    };
    let note = if one["note"].is_null() { text("needle")? } else { text("note")? };
    GivenSeed {
        centre_mm: point("centre_mm")?.ok_or("'centre_mm' is missing")?,
        axis: point("axis")?,
        origin: tag(text("origin")?, confidence)?,
        confidence,
        note: note.to_owned(),
        model: None,
        strength: None,
    }
    .checked()
}

fn tag(text: &str, confidence: Option<f64>) -> Result<SeedTag, String> {
    if text.is_empty() {
        return Ok(if confidence.is_some() { SeedTag::Found } else { SeedTag::Added });
    }
    SeedTag::ALL
        .into_iter()
        .find(|tag| tag.name().eq_ignore_ascii_case(text))
        .ok_or_else(|| format!("its origin is '{text}'; write {}", SeedTag::ALL.map(SeedTag::name).join(", ")))
}

/// Without the apostrophe that keeps a spreadsheet from running a text as a formula.
fn plain(text: &str) -> String {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest.to_owned(),
        _ => text.to_owned(),
    }
}

/// Rows of comma-separated values (RFC 4180) with the line each begins on.
fn rows(text: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
    let (mut rows, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut began, mut quoted) = (1, 1, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\n' {
            line += 1;
        }
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            _ if quoted => cell.push(c),
            ',' => cells.push(std::mem::take(&mut cell)),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' => {
                cells.push(std::mem::take(&mut cell));
                rows.push((began, std::mem::take(&mut cells)));
                began = line;
            }
            _ => cell.push(c),
        }
    }
    if quoted {
        return Err(format!("line {began}: a quotation mark is opened and never closed"));
    }
    if !(cell.is_empty() && cells.is_empty()) {
        cells.push(cell);
        rows.push((began, cells));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "\u{feff}seed,model,air_kerma_strength_U,x_mm,y_mm,z_mm,axis_x,axis_y,axis_z,confidence,note,origin\r\n";

    #[test]
    fn reads_what_a_verification_writes() {
        let text = format!(
            "{HEAD}1,STM1251,0.621,1.5,-2.5,1e1,0,0,1,0.98,\"n 3, \"\"deep\"\"\",found\r\n2,STM1251,0.621,0,0,0,,,,,'=x,moved\r\n,,,,,,,,,,,\r\n"
        );
        let seeds = of_csv(&text).unwrap();
        assert_eq!(seeds.len(), 2);
        assert_eq!((seeds[0].centre_mm, seeds[0].axis), ([1.5, -2.5, 10.0], Some([0.0, 0.0, 1.0])));
        assert_eq!((seeds[0].origin, seeds[0].confidence), (SeedTag::Found, Some(0.98)));
        assert_eq!((seeds[0].note.as_str(), seeds[1].note.as_str()), ("n 3, \"deep\"", "=x"));
        assert_eq!((seeds[1].origin, seeds[1].axis), (SeedTag::Moved, None));
        assert_eq!(seeds[0].strength, Some(AirKermaStrength::new(0.621)));
    }

    #[test]
    fn columns_may_stand_in_any_order_and_be_left_out() {
        let seeds = of_csv("z_mm,y_mm,x_mm\n3,2,1\n").unwrap();
        assert_eq!(seeds, [GivenSeed::at([1.0, 2.0, 3.0], SeedTag::Added)]);
    }

    #[test]
    fn bad_rows_are_named() {
        let row = |row: &str| of_csv(&format!("{HEAD}1,m,1,0,0,0,,,,,,\r\n{row}\r\n")).unwrap_err();
        for (bad, words) in [
            ("2,m,1,zero,0,0,,,,,,", ["line 3 (seed 2)", "x_mm is 'zero'"]),
            ("2,m,1,0,,0,,,,,,", ["line 3 (seed 2)", "y_mm is empty"]),
            ("2,m,1,0,0,inf,,,,,,", ["line 3 (seed 2)", "inf mm"]),
            ("2,m,1,0,0,NaN,,,,,,", ["line 3 (seed 2)", "NaN mm"]),
            ("2,m,1,0,0,0,1,,,,,", ["line 3 (seed 2)", "all three or none"]),
            ("2,m,1,0,0,0,0,0,0,,,", ["line 3 (seed 2)", "no length"]),
            ("2,m,1,0,0,0,,,,7,,", ["line 3 (seed 2)", "confidence 7"]),
            ("2,m,1,0,0,0,,,,,,guessed", ["line 3 (seed 2)", "found, plan, added, moved"]),
            ("2,m,1,0,0,0,,,,,,,1,2", ["line 3 (seed 2)", "14 cells"]),
            ("2,m,1,0,0,0,,,,,\"x,", ["line 3", "never closed"]),
        ] {
            let said = row(bad);
            assert!(words.iter().all(|word| said.contains(word)), "{bad}: {said}");
        }
        assert!(of_csv("x;y;z\n1;2;3").unwrap_err().contains("x_mm"));
        assert!(of_csv("").unwrap_err().contains("x_mm"));
    }

    #[test]
    fn json_in_its_three_shapes() {
        let list = r#"[{"centre_mm":[1,2,3],"axis":[0,0,2],"origin":"moved","confidence":0.9}]"#;
        let seeds = of_json(list).unwrap();
        assert_eq!((seeds[0].axis, seeds[0].confidence), (Some([0.0, 0.0, 1.0]), None));
        assert_eq!(of_json(&format!("{{\"seeds\":{list}}}")).unwrap(), seeds);
        assert_eq!(of_json(&format!("{{\"implant\":{{\"seeds\":{list}}}}}")).unwrap(), seeds);
        for (bad, words) in [
            ("[{\"centre_mm\":[1,2]}]", "seed 1: 'centre_mm' is [1,2]"),
            ("[{\"centre_mm\":[1,2,3]},{}]", "seed 2: 'centre_mm' is missing"),
            ("[3]", "seed 1"),
            ("{}", "no list of seeds"),
            ("x", "not JSON"),
        ] {
            let said = of_json(bad).unwrap_err();
            assert!(said.contains(words), "{bad}: {said}");
        }
    }
}
