//! Sentences about seeds, in Chinese and English.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::{Place, PlaceKind, Step};
pub use crate::sentence::Sentence;
use crate::{Case, Id};

/// How sentences name what only the caller knows: cases by the service's own number, moments by the hospital's clock.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    /// what a case is called
    pub case: &'a dyn Fn(Id<Case>) -> String,
    /// the hospital's clock
    pub zone: Offset,
}

impl Default for Words<'_> {
    /// Cases by their identifiers, moments in UTC.
    fn default() -> Self {
        Self { case: &|id| id.to_string(), zone: Offset::UTC }
    }
}

impl Words<'_> {
    /// A moment to the minute, by the hospital's clock; marked where that is UTC.
    pub fn moment(&self, at: Timestamp) -> String {
        let clock = self.zone.to_datetime(at);
        let mark = if self.zone == Offset::UTC { " UTC" } else { "" };
        let (day, time) = (clock.date(), clock.time());
        format!("{day} {:02}:{:02}{mark}", time.hour(), time.minute())
    }

    /// A place, after "in" or "to".
    pub fn place(&self, place: &Place) -> Sentence {
        match place {
            Place::Stored(safe) => Sentence::new(format!("保险柜“{safe}”"), format!("safe {safe}")),
            Place::Issued(case) => {
                let case = (self.case)(*case);
                Sentence::new(format!("已发放给病例 {case}"), format!("issued for case {case}"))
            }
            Place::Implanted(case) => {
                let case = (self.case)(*case);
                Sentence::new(format!("已植入病例 {case}"), format!("implanted in case {case}"))
            }
            other => other.kind().words(),
        }
    }
}

impl PlaceKind {
    /// Its name in both languages.
    pub fn words(self) -> Sentence {
        let (zh, en) = match self {
            Self::Ordered => ("已订购（在供货方）", "ordered (with the supplier)"),
            Self::Cancelled => ("已取消订购", "cancelled"),
            Self::Received => ("已到货、待放行", "received (not yet released)"),
            Self::Assay => ("检测中", "assay"),
            Self::Stored => ("保险柜", "a safe"),
            Self::Quarantine => ("隔离", "quarantine"),
            Self::Issued => ("已发放给病例", "issued for a case"),
            Self::Implanted => ("已植入", "implanted"),
            Self::Returned => ("已退回", "returned"),
            Self::Disposed => ("已处置", "disposed of"),
            Self::Lost => ("丢失", "lost"),
        };
        Sentence::new(zh, en)
    }
}

impl Step {
    /// Its name in both languages.
    pub fn words(self) -> Sentence {
        let (zh, en) = match self {
            Self::Receive => ("到货", "receive"),
            Self::Cancel => ("取消订购", "cancel"),
            Self::Assay => ("取样检测", "assay"),
            Self::Store => ("入库", "store"),
            Self::Quarantine => ("隔离", "quarantine"),
            Self::Issue => ("发放", "issue"),
            Self::Implant => ("植入", "implant"),
            Self::Recover => ("取出", "recover"),
            Self::Return => ("退回", "return"),
            Self::Dispose => ("处置", "dispose"),
            Self::Lose => ("登记丢失", "lose"),
            Self::Find => ("找回", "find"),
        };
        Sentence::new(zh, en)
    }
}
