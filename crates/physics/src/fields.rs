//! Reading data files: every missing or wrong field is collected, so that an author sees them all at once.

use toml::{Table, Value};

/// The fields of one table of a data file, and what is wrong with the file so far.
pub(crate) struct Fields<'a> {
    table: Option<&'a Table>,
    path: String,
}

/// Problems found in a file, in reading order.
pub(crate) type Problems = Vec<String>;

impl<'a> Fields<'a> {
    pub(crate) fn root(table: &'a Table) -> Self {
        Self { table: Some(table), path: String::new() }
    }

    fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    fn get(&self, key: &str) -> Option<&'a Value> {
        self.table.and_then(|table| table.get(key))
    }

    /// A sub-table; when absent it is reported once and its own fields are not.
    pub(crate) fn section(&self, key: &str, holds: &str, problems: &mut Problems) -> Self {
        let table = match self.get(key) {
            Some(Value::Table(table)) => Some(table),
            Some(_) => {
                problems.push(format!("'{}' must be a table: write [{}]", self.name(key), self.name(key)));
                None
            }
            None => {
                if self.table.is_some() {
                    problems.push(format!("missing table [{}] ({holds})", self.name(key)));
                }
                None
            }
        };
        Self { table, path: self.name(key) }
    }

    /// The tables of an optional `[[key]]` list.
    pub(crate) fn list(&self, key: &str, problems: &mut Problems) -> Vec<Self> {
        match self.get(key) {
            None => Vec::new(),
            Some(Value::Array(items)) if items.iter().all(Value::is_table) => items
                .iter()
                .enumerate()
                .map(|(n, item)| Self { table: item.as_table(), path: format!("{}[{}]", self.name(key), n + 1) })
                .collect(),
            Some(_) => {
                problems.push(format!("'{0}' must be a list of tables: write [[{0}]]", self.name(key)));
                Vec::new()
            }
        }
    }

    /// Any finite number; TOML whole numbers are accepted.
    pub(crate) fn number(&self, key: &str, what: &str, problems: &mut Problems) -> Option<f64> {
        let value = self.get(key);
        let number = value.and_then(as_number);
        match (value, number) {
            (_, Some(number)) if number.is_finite() => return Some(number),
            (Some(_), _) => problems.push(format!("'{}' must be a finite number ({what})", self.name(key))),
            (None, _) if self.table.is_some() => problems.push(format!("missing '{}' ({what})", self.name(key))),
            _ => {}
        }
        None
    }

    /// A number that must be greater than zero.
    pub(crate) fn positive(&self, key: &str, what: &str, problems: &mut Problems) -> Option<f64> {
        let number = self.number(key, what, problems)?;
        if number > 0.0 {
            return Some(number);
        }
        problems.push(format!("'{}' is {number}; it must be greater than zero ({what})", self.name(key)));
        None
    }

    /// Non-empty text.
    pub(crate) fn text(&self, key: &str, what: &str, problems: &mut Problems) -> Option<String> {
        match self.get(key) {
            Some(Value::String(text)) if !text.trim().is_empty() => return Some(text.clone()),
            Some(_) => problems.push(format!("'{}' must be non-empty text ({what})", self.name(key))),
            None if self.table.is_some() => problems.push(format!("missing '{}' ({what})", self.name(key))),
            None => {}
        }
        None
    }

    /// A yes or no that may be left out: no.
    pub(crate) fn is_true(&self, key: &str, problems: &mut Problems) -> bool {
        match self.get(key) {
            Some(Value::Boolean(yes)) => *yes,
            Some(_) => {
                problems.push(format!("'{}' must be true or false", self.name(key)));
                false
            }
            None => false,
        }
    }

    /// A list of texts that may be left out.
    pub(crate) fn texts(&self, key: &str, problems: &mut Problems) -> Vec<String> {
        match self.get(key) {
            None => Vec::new(),
            Some(Value::Array(items)) if items.iter().all(Value::is_str) => {
                items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Some(_) => {
                problems.push(format!("'{}' must be a list of texts", self.name(key)));
                Vec::new()
            }
        }
    }

    /// A list of finite numbers.
    pub(crate) fn numbers(&self, key: &str, what: &str, problems: &mut Problems) -> Option<Vec<f64>> {
        let value = self.get(key);
        let numbers = value.and_then(|value| as_numbers(value, false));
        if value.is_some() && numbers.is_none() {
            problems.push(format!("'{}' must be a list of finite numbers ({what})", self.name(key)));
        } else if value.is_none() && self.table.is_some() {
            problems.push(format!("missing '{}' ({what})", self.name(key)));
        }
        numbers
    }

    /// A list of lists of numbers; a cell may be `nan`.
    pub(crate) fn rows(&self, key: &str, what: &str, problems: &mut Problems) -> Option<Vec<Vec<f64>>> {
        match self.get(key) {
            Some(Value::Array(rows)) => {
                let read: Option<Vec<_>> = rows.iter().map(|row| as_numbers(row, true)).collect();
                if read.is_none() {
                    problems.push(format!("'{}' must be a list of rows of numbers ({what})", self.name(key)));
                }
                read
            }
            Some(_) => {
                problems.push(format!("'{}' must be a list of rows of numbers ({what})", self.name(key)));
                None
            }
            None => {
                if self.table.is_some() {
                    problems.push(format!("missing '{}' ({what})", self.name(key)));
                }
                None
            }
        }
    }
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        Value::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

fn as_numbers(value: &Value, holes: bool) -> Option<Vec<f64>> {
    value
        .as_array()?
        .iter()
        .map(|item| as_number(item).filter(|number| number.is_finite() || (holes && number.is_nan())))
        .collect()
}

/// Whether the numbers strictly increase and there are at least two.
pub(crate) fn increases(numbers: &[f64]) -> bool {
    numbers.len() >= 2 && numbers.windows(2).all(|pair| pair[0] < pair[1])
}
