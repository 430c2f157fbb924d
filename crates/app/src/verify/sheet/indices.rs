//! The indices with their limits and how they were judged.

use dose::criteria::{Comparison as Side, Finding, LimitUnit, NoEvidence, Outcome as Found, Severity as Weight};
use report::Language;
use report::verification as r;

use super::super::Verified;

/// First what the criteria judge, then the usual indices of every structure that no clause speaks of.
pub(super) fn indices(v: &Verified<'_>, language: Language) -> Vec<r::Index> {
    let mut rows: Vec<r::Index> = v.judged.findings.iter().map(|finding| judged_row(v, finding, language)).collect();
    // the target first
    let mut measured: Vec<_> = v.measured.iter().collect();
    measured.sort_by_key(|one| one.structure.number != v.target.number);
    for one in measured {
        let target = one.structure.number == v.target.number;
        for index in &one.indices {
            // a dose limit in % of the prescription is judged in Gy, the unit of the table
            let clause_there = rows.iter().any(|row| {
                row.structure == one.structure.name && row.name == index.name && row.unit == index.unit.to_string()
            });
            if clause_there || index.name == "volume" {
                continue;
            }
            rows.push(r::Index {
                structure: one.structure.name.clone(),
                name: index.name.clone(),
                value: index.value.unwrap_or(f64::NAN),
                uncertainty: None,
                unit: index.unit.to_string(),
                limit: String::new(),
                judgement: r::Judgement::NotJudged,
                source: String::new(),
                reason: if index.value.is_none() {
                    if language == Language::Chinese { "结构体积不足" } else { "the structure is smaller" }.to_owned()
                } else {
                    String::new()
                },
                key: target && ["V200"].contains(&index.name.as_str()),
            });
        }
    }
    // what is shown beside the limits stands with its structure
    let order: Vec<String> = rows.iter().map(|row| row.structure.clone()).collect();
    rows.sort_by_key(|row| order.iter().position(|name| *name == row.structure));
    rows
}

fn judged_row(v: &Verified<'_>, finding: &Finding, language: Language) -> r::Index {
    let zh = language == Language::Chinese;
    let clause = &finding.clause;
    let side = match clause.comparison {
        Side::AtLeast => "≥",
        Side::AtMost => "≤",
    };
    let limit = match (clause.unit, finding.limit_gy) {
        (LimitUnit::PercentOfPrescription, Some(gy)) => format!("{side} {gy:.1} Gy"),
        (unit, _) => format!("{side} {} {}", clause.limit, unit.symbol()).trim_end().to_owned(),
    };
    let reason = match finding.outcome {
        Found::NoEvidence(NoEvidence::NoStructure) => {
            if zh {
                "没有这一结构"
            } else {
                "no such structure"
            }
        }
        Found::NoEvidence(NoEvidence::NoValue) => {
            if zh {
                "结构体积不足"
            } else {
                "the structure is smaller"
            }
        }
        Found::NoEvidence(NoEvidence::NoPrescription) => {
            if zh {
                "无处方剂量"
            } else {
                "no prescription"
            }
        }
        Found::NoEvidence(NoEvidence::Incomplete) => {
            if zh {
                "部分结构在剂量网格以外"
            } else {
                "partly outside the dose grid"
            }
        }
        Found::Met | Found::NotMet if clause.severity == Weight::Advised => {
            if zh {
                "建议"
            } else {
                "advised"
            }
        }
        Found::Met | Found::NotMet => {
            if zh {
                "必需"
            } else {
                "required"
            }
        }
    };
    let rule = v.pack.structures.iter().find(|rule| rule.key == clause.structure);
    let missing = rule.map(|rule| if zh { rule.name_zh.clone() } else { rule.name.clone() }).unwrap_or_default();
    let source = clause.source_zh.as_ref().filter(|_| zh).unwrap_or(&clause.source);
    let source = match &clause.checked {
        Some(_) => source.clone(),
        None => format!("{source}{}", if zh { "（未核实）" } else { " (unverified)" }),
    };
    r::Index {
        structure: finding.structure.clone().unwrap_or(missing),
        name: clause.index.to_string(),
        value: finding.measured_gy.or(finding.measured).unwrap_or(f64::NAN),
        uncertainty: None,
        unit: clause.index.unit().to_string(),
        limit,
        judgement: match finding.outcome {
            Found::Met => r::Judgement::Met,
            Found::NotMet if clause.severity == Weight::Advised => r::Judgement::AdviceNotMet,
            Found::NotMet => r::Judgement::NotMet,
            Found::NoEvidence(_) => r::Judgement::NoEvidence,
        },
        source,
        reason: reason.to_owned(),
        key: true,
    }
}
