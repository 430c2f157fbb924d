//! Several tables in one file: a ZIP of CSVs or Parquet files, or a workbook; the dictionary of all of them comes last.

use std::io::{Seek, Write};

use jiff::Timestamp;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::parquet::ParquetTable;
use super::xlsx::Book;
use super::{WriteError, csv};
use crate::table::{Cell, Table};

/// How tables are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// a ZIP of CSV files
    Csv {
        /// begin each with the mark by which Excel knows UTF-8
        bom: bool,
    },
    /// a workbook
    Xlsx,
    /// a ZIP of Parquet files
    Parquet,
}

impl Format {
    /// How its file ends.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv { .. } | Self::Parquet => "zip",
            Self::Xlsx => "xlsx",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv { .. } | Self::Parquet => "application/zip",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

enum State<W: Write + Seek + Send> {
    Zip(Box<ZipWriter<W>>),
    Csv(Box<::csv::Writer<ZipWriter<W>>>),
    Parquet(Box<ParquetTable<ZipWriter<W>>>),
    Xlsx(Box<Book>, W),
    Spent,
}

/// Tables while they are written: [`Self::begin`] a table, give its rows to [`Self::row`], and [`Self::finish`] after the last.
pub struct Archive<W: Write + Seek + Send> {
    state: State<W>,
    format: Format,
    tables: Vec<Table>,
}

impl<W: Write + Seek + Send> Archive<W> {
    /// An empty one. `made` goes into a workbook's properties; nothing else depends on it.
    pub fn new(out: W, format: Format, made: Timestamp) -> Result<Self, WriteError> {
        let state = match format {
            Format::Xlsx => State::Xlsx(Box::new(Book::new(made)?), out),
            _ => State::Zip(Box::new(ZipWriter::new(out))),
        };
        Ok(Self { state, format, tables: Vec::new() })
    }

    /// Begins a table.
    pub fn begin(&mut self, table: &Table) -> Result<(), WriteError> {
        self.close_table()?;
        self.state = match (std::mem::replace(&mut self.state, State::Spent), self.format) {
            (State::Xlsx(mut book, out), _) => {
                book.begin(table)?;
                State::Xlsx(book, out)
            }
            (State::Zip(mut zip), Format::Csv { bom }) => {
                zip.start_file(format!("{}.csv", table.name), options())?;
                State::Csv(Box::new(csv::begin(*zip, table, bom)?))
            }
            (State::Zip(mut zip), Format::Parquet) => {
                zip.start_file(format!("{}.parquet", table.name), options())?;
                State::Parquet(Box::new(ParquetTable::begin(*zip, table)?))
            }
            _ => return Err(WriteError::Order),
        };
        self.tables.push(table.clone());
        Ok(())
    }

    /// Writes a row of the table that was begun last.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), WriteError> {
        let table = self.tables.last().ok_or(WriteError::Order)?;
        if table.columns.len() != cells.len() {
            let (table, columns) = (table.name.clone(), table.columns.len());
            return Err(WriteError::Width { table, columns, cells: cells.len() });
        }
        match &mut self.state {
            State::Csv(writer) => csv::row(writer, cells),
            State::Parquet(table) => table.row(cells),
            State::Xlsx(book, _) => book.row(cells),
            State::Zip(_) | State::Spent => Err(WriteError::Order),
        }
    }

    /// A table with all its rows.
    pub fn table<R: AsRef<[Cell]>>(
        &mut self,
        table: &Table,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<(), WriteError> {
        self.begin(table)?;
        rows.into_iter().try_for_each(|row| self.row(row.as_ref()))
    }

    /// Writes the dictionary, and the end.
    pub fn finish(mut self) -> Result<(), WriteError> {
        let described: Vec<_> = self.tables.iter().flat_map(Table::described).collect();
        self.table(&Table::dictionary(), described)?;
        self.close_table()?;
        match self.state {
            State::Zip(zip) => zip.finish()?.flush()?,
            State::Xlsx(book, out) => book.finish(out)?,
            _ => return Err(WriteError::Order),
        }
        Ok(())
    }

    fn close_table(&mut self) -> Result<(), WriteError> {
        self.state = match std::mem::replace(&mut self.state, State::Spent) {
            State::Csv(writer) => {
                let zip = writer.into_inner().map_err(|error| std::io::Error::other(error.to_string()))?;
                State::Zip(Box::new(zip))
            }
            State::Parquet(table) => State::Zip(Box::new(table.finish()?)),
            other => other,
        };
        Ok(())
    }
}

fn options() -> SimpleFileOptions {
    // large_file: a table may grow beyond 4 GiB, which the header must know before its first row; the time stays the format's first
    SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated).large_file(true)
}
