//! Parquet by its column writers: a row group every [`GROUP`] rows, Snappy, every column optional.

use std::io::Write;
use std::sync::Arc;

use ::parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use ::parquet::column::writer::ColumnWriter;
use ::parquet::data_type::ByteArray;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::Type;
use jiff::civil::Date;

use super::WriteError;
use crate::table::{Cell, Kind, Table};

/// Rows that are held in memory before they are written.
const GROUP: usize = 16_384;
/// Day 0 of Parquet's dates.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// Values of one column, and for each row whether it has one.
enum Values {
    Text(Vec<ByteArray>),
    Days(Vec<i32>),
    Longs(Vec<i64>),
    Numbers(Vec<f64>),
    YesNo(Vec<bool>),
}

/// A Parquet file while it is written.
pub(super) struct ParquetTable<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    table: Table,
    columns: Vec<(Values, Vec<i16>)>,
    rows: usize,
}

impl<W: Write + Send> ParquetTable<W> {
    /// Begins a file.
    pub(super) fn begin(out: W, table: &Table) -> Result<Self, WriteError> {
        let fields = table.columns.iter().map(|column| field(&column.name, column.kind)).collect::<Result<_, _>>()?;
        let schema = Type::group_type_builder(&table.name).with_fields(fields).build()?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
        Ok(Self { writer, columns: empty(table), table: table.clone(), rows: 0 })
    }

    /// Takes a row.
    pub(super) fn row(&mut self, cells: &[Cell]) -> Result<(), WriteError> {
        for ((cell, column), (values, levels)) in cells.iter().zip(&self.table.columns).zip(&mut self.columns) {
            levels.push(i16::from(*cell != Cell::Empty));
            match (cell, values) {
                (Cell::Empty, _) => {}
                (Cell::Date(day), Values::Days(days)) => days.push(since_1970(*day)),
                (Cell::Moment(at, _), Values::Longs(all)) if column.kind == Kind::Moment => {
                    all.push(at.as_millisecond());
                }
                (Cell::Whole(number), Values::Longs(all)) if column.kind == Kind::Whole => all.push(*number),
                (Cell::Whole(number), Values::Numbers(all)) => all.push(*number as f64),
                (Cell::Number(number), Values::Numbers(all)) => all.push(*number),
                (Cell::YesNo(yes), Values::YesNo(all)) => all.push(*yes),
                (cell, Values::Text(all)) => all.push(ByteArray::from(cell.plain().into_bytes())),
                (cell, _) => {
                    let value = cell.plain().chars().take(60).collect();
                    return Err(WriteError::Kind {
                        table: self.table.name.clone(),
                        column: column.name.clone(),
                        value,
                    });
                }
            }
        }
        self.rows += 1;
        if self.rows == GROUP { self.flush() } else { Ok(()) }
    }

    /// Ends the file.
    pub(super) fn finish(mut self) -> Result<W, WriteError> {
        if self.rows > 0 {
            self.flush()?;
        }
        Ok(self.writer.into_inner()?)
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        let mut group = self.writer.next_row_group()?;
        for (values, levels) in &self.columns {
            let Some(mut column) = group.next_column()? else { break };
            let levels = Some(levels.as_slice());
            match (column.untyped(), values) {
                (ColumnWriter::ByteArrayColumnWriter(to), Values::Text(all)) => to.write_batch(all, levels, None)?,
                (ColumnWriter::Int32ColumnWriter(to), Values::Days(all)) => to.write_batch(all, levels, None)?,
                (ColumnWriter::Int64ColumnWriter(to), Values::Longs(all)) => to.write_batch(all, levels, None)?,
                (ColumnWriter::DoubleColumnWriter(to), Values::Numbers(all)) => to.write_batch(all, levels, None)?,
                (ColumnWriter::BoolColumnWriter(to), Values::YesNo(all)) => to.write_batch(all, levels, None)?,
                _ => return Err(WriteError::Order),
            };
            column.close()?;
        }
        group.close()?;
        self.columns = empty(&self.table);
        self.rows = 0;
        Ok(())
    }
}

fn empty(table: &Table) -> Vec<(Values, Vec<i16>)> {
    let values = |kind| match kind {
        Kind::Text => Values::Text(Vec::new()),
        Kind::Date => Values::Days(Vec::new()),
        Kind::Moment | Kind::Whole => Values::Longs(Vec::new()),
        Kind::Number => Values::Numbers(Vec::new()),
        Kind::YesNo => Values::YesNo(Vec::new()),
    };
    table.columns.iter().map(|column| (values(column.kind), Vec::new())).collect()
}

fn field(name: &str, kind: Kind) -> Result<Arc<Type>, WriteError> {
    let moment = LogicalType::timestamp(true, TimeUnit::MILLIS);
    let (physical, logical) = match kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Date => (Physical::INT32, Some(LogicalType::Date)),
        Kind::Moment => (Physical::INT64, Some(moment)),
        Kind::Whole => (Physical::INT64, None),
        Kind::Number => (Physical::DOUBLE, None),
        Kind::YesNo => (Physical::BOOLEAN, None),
    };
    let built = Type::primitive_type_builder(name, physical)
        .with_logical_type(logical)
        .with_repetition(Repetition::OPTIONAL)
        .build()?;
    Ok(Arc::new(built))
}

fn since_1970(day: Date) -> i32 {
    EPOCH.until(day).map_or(0, |span| span.get_days())
}
