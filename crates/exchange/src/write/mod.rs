//! Tables as bytes: CSV, XLSX, Parquet.

mod archive;
mod csv;
mod parquet;
mod xlsx;

pub use archive::{Archive, Format};
pub use csv::{guarded, unguarded};

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// the place it is written to
    #[error("the export could not be written: {0}")]
    Io(#[from] std::io::Error),
    /// CSV
    #[error("the CSV could not be written: {0}")]
    Csv(#[from] ::csv::Error),
    /// the folder of tables
    #[error("the archive could not be written: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// XLSX
    #[error("the workbook could not be written: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// Parquet
    #[error("the Parquet file could not be written: {0}")]
    Parquet(#[from] ::parquet::errors::ParquetError),
    /// too many rows for a sheet
    #[error("table {0} has more rows than a sheet of a workbook can have (1 048 575): export it as CSV or Parquet")]
    Rows(String),
    /// too long a text for a sheet
    #[error(
        "table {table}, column {column}: a text is longer than a cell of a workbook can hold (32 767): export it as CSV or Parquet"
    )]
    Long {
        /// which table
        table: String,
        /// which column
        column: String,
    },
    /// a row that does not have the columns of its table
    #[error("table {table} has {columns} columns, a row has {cells} cells")]
    Width {
        /// which table
        table: String,
        /// how many it has
        columns: usize,
        /// how many were given
        cells: usize,
    },
    /// a value of another kind than its column's
    #[error(
        "table {table}, column {column}: '{value}' is not of its type: export the register as CSV and correct the record"
    )]
    Kind {
        /// which table
        table: String,
        /// which column
        column: String,
        /// what was there, shortened
        value: String,
    },
    /// used after its end
    #[error("a row was written before a table was begun, or after the end")]
    Order,
}
