//! Tables: wrapped cells, numbers right-aligned, a head that is repeated on every page.

use super::marks::{Mark, draw_mark};
use super::page::{Area, Pen};
use super::sheet::{Align, Look, Sheet};
use super::style::{Colour, FAINT, GAP, INK, LEADING, MARGIN, MUTED, RULE, WIDTH};
use super::wrap::Line;

/// A column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub title: String,
    /// share of the table's width
    pub share: f32,
    pub align: Align,
}

impl Column {
    pub fn left(title: impl Into<String>, share: f32) -> Self {
        Self { title: title.into(), share, align: Align::Left }
    }

    pub fn right(title: impl Into<String>, share: f32) -> Self {
        Self { title: title.into(), share, align: Align::Right }
    }
}

/// A cell.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub text: String,
    pub look: Option<Look>,
    pub mark: Option<Mark>,
    /// a colour square before the text
    pub swatch: Option<Colour>,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), look: None, mark: None, swatch: None }
    }

    pub fn look(self, look: Look) -> Self {
        Self { look: Some(look), ..self }
    }

    pub fn mark(self, mark: Mark) -> Self {
        Self { mark: Some(mark), ..self }
    }

    pub fn swatch(self, colour: Colour) -> Self {
        Self { swatch: Some(colour), ..self }
    }
}

/// A table in the making.
pub(crate) struct Table {
    pub columns: Vec<Column>,
    pub size: f32,
    pub x: f32,
    pub width: f32,
    /// cells are cut after this many lines
    pub most_lines: usize,
    /// no hairline above a row whose first cell is empty
    pub grouped: bool,
}

const PAD: f32 = 4.0;

impl Table {
    pub fn new(columns: Vec<Column>, size: f32, width: f32) -> Self {
        Self { columns, size, x: MARGIN, width, most_lines: 6, grouped: false }
    }

    fn look(&self) -> Look {
        Look::new(self.size, INK)
    }

    /// Left edge and width of each column.
    fn edges(&self) -> Vec<(f32, f32)> {
        let shares: f32 = self.columns.iter().map(|column| column.share).sum();
        let mut x = self.x;
        self.columns
            .iter()
            .map(|column| {
                let width = self.width * column.share / shares;
                x += width;
                (x - width, width)
            })
            .collect()
    }

    fn head(&self, sheet: &mut Sheet<'_, '_>, edges: &[(f32, f32)]) {
        let look = Look::new(self.size - 1.0, MUTED);
        let titles: Vec<Vec<Line>> = self
            .columns
            .iter()
            .zip(edges)
            .map(|(column, (_, width))| sheet.wrap(&column.title, width - 2.0 * PAD, look, 2))
            .collect();
        let rows = titles.iter().map(Vec::len).max().unwrap_or(1) as f32;
        let height = rows * look.leading() + 4.0;
        let y = sheet.y;
        sheet.page().fill(Area::new(self.x, y, self.width, height), FAINT);
        for ((column, &(x, width)), lines) in self.columns.iter().zip(edges).zip(titles) {
            let top = y + 2.0 + (rows - lines.len() as f32) * look.leading();
            sheet.lines(anchor(column.align, x, width), top, column.align, lines, look);
        }
        sheet.y += height;
    }

    /// Height of the rows and head if all fit on one page, pt.
    pub fn height(&self, sheet: &Sheet<'_, '_>, rows: &[Vec<Cell>]) -> f32 {
        let edges = self.edges();
        rows.iter().map(|row| self.measure(sheet, row, &edges).1).sum::<f32>() + (self.size - 1.0) * 1.5 + 4.0
    }

    fn measure(&self, sheet: &Sheet<'_, '_>, row: &[Cell], edges: &[(f32, f32)]) -> (Vec<Vec<Line>>, f32) {
        let cells: Vec<Vec<Line>> = row
            .iter()
            .zip(edges)
            .map(|(cell, (_, width))| {
                let look = cell.look.unwrap_or(self.look());
                sheet.wrap(&cell.text, width - 2.0 * PAD - indent(cell, look), look, self.most_lines)
            })
            .collect();
        let most = cells.iter().map(Vec::len).max().unwrap_or(1) as f32;
        (cells, most * self.look().leading() + 2.0)
    }

    /// Draws the table, over as many pages as it takes.
    pub fn draw(&self, sheet: &mut Sheet<'_, '_>, rows: &[Vec<Cell>]) {
        let edges = self.edges();
        sheet.need(self.size * 5.0);
        self.head(sheet, &edges);
        let mut group: Option<&Cell> = None;
        for (at, row) in rows.iter().enumerate() {
            let (mut cells, mut height) = self.measure(sheet, row, &edges);
            // the last row does not go to the next page alone
            let last = if at > 0 && at + 2 == rows.len() { rows.last() } else { None };
            let with = last.map_or(0.0, |last| self.measure(sheet, last, &edges).1);
            if row.first().is_some_and(|cell| !cell.text.is_empty()) {
                group = row.first();
            }
            if sheet.room() < height + with {
                sheet.new_page();
                self.head(sheet, &edges);
                // a group that goes on over the page says again whose it is
                if let (true, Some(name), Some(first)) =
                    (self.grouped, group, row.first().filter(|cell| cell.text.is_empty()))
                {
                    let named = Cell { text: name.text.clone(), ..first.clone() };
                    let again: Vec<Cell> = std::iter::once(named).chain(row.iter().skip(1).cloned()).collect();
                    (cells, height) = self.measure(sheet, &again, &edges);
                }
            }
            let y = sheet.y;
            if !(self.grouped && row.first().is_some_and(|cell| cell.text.is_empty())) {
                sheet.page().line([self.x, y], [self.x + self.width, y], Pen::new(RULE, 0.4));
            }
            for (((cell, lines), column), &(x, width)) in row.iter().zip(cells).zip(&self.columns).zip(&edges) {
                let look = cell.look.unwrap_or(self.look());
                let middle = y + 1.0 + look.leading() / 2.0;
                if let Some(mark) = cell.mark {
                    draw_mark(sheet.page(), [x + PAD + look.size * 0.5, middle], look.size * 0.52, mark);
                }
                if let Some(colour) = cell.swatch {
                    let side = look.size * 0.7;
                    let area = Area::new(x + PAD, middle - side / 2.0, side, side);
                    sheet.page().fill(area, colour);
                    sheet.page().frame(area, Pen::new(MUTED, 0.3));
                }
                let at = anchor(column.align, x + indent(cell, look), width - indent(cell, look));
                // small cells share the baseline of the row
                let top = y + 1.0 + self.look().drop() - look.drop();
                sheet.lines(at, top, column.align, lines, look);
            }
            sheet.y += height;
        }
        let y = sheet.y;
        sheet.page().line([self.x, y], [self.x + self.width, y], Pen::new(RULE, 0.4));
        sheet.y += GAP;
    }
}

/// Rows set side by side in `blocks` columns of tables, read down each block, then the next. Long lists are cut into
/// pieces that fit a page, so that nobody has to read down several pages and come back.
pub(crate) fn draw_in_blocks(
    sheet: &mut Sheet<'_, '_>,
    columns: &[Column],
    rows: &[Vec<Cell>],
    blocks: usize,
    size: f32,
    most_lines: usize,
) {
    let blocks = blocks.max(1);
    let gutter = columns.iter().map(|column| column.share).sum::<f32>() * 0.03;
    let mut all = Vec::new();
    for block in 0..blocks {
        if block > 0 {
            all.push(Column::left("", gutter));
        }
        all.extend_from_slice(columns);
    }
    let mut table = Table::new(all, size, WIDTH);
    table.most_lines = most_lines;
    let row_height = size * LEADING + 2.0;
    // the head takes about two rows
    let fitting = |room: f32| ((room / row_height) as usize).saturating_sub(2);
    let mut left = rows;
    while !left.is_empty() {
        let all_down = left.len().div_ceil(blocks);
        if fitting(sheet.room()) < all_down.min(10) {
            sheet.new_page();
        }
        let down = all_down.min(fitting(sheet.room()).max(1));
        let (piece, rest) = left.split_at((down * blocks).min(left.len()));
        left = rest;
        let side_by_side: Vec<Vec<Cell>> = (0..down)
            .map(|row| {
                let mut cells = Vec::new();
                for block in 0..blocks {
                    if block > 0 {
                        cells.push(Cell::text(""));
                    }
                    match piece.get(block * down + row) {
                        Some(row) => cells.extend_from_slice(row),
                        None => cells.extend(columns.iter().map(|_| Cell::text(""))),
                    }
                }
                cells
            })
            .collect();
        table.draw(sheet, &side_by_side);
    }
}

fn indent(cell: &Cell, look: Look) -> f32 {
    if cell.mark.is_some() || cell.swatch.is_some() { look.size * 1.4 } else { 0.0 }
}

fn anchor(align: Align, x: f32, width: f32) -> f32 {
    match align {
        Align::Left => x + PAD,
        Align::Centre => x + width / 2.0,
        Align::Right => x + width - PAD,
    }
}
