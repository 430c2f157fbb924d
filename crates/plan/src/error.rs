//! Why there can be no plan, in both languages, with what would help.

/// A request that no plan can meet, or that is none.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// a number that makes no sense
    #[error("{what}: {value} cannot be used; correct it")]
    Setting {
        /// which number
        what: &'static str,
        /// its value
        value: f64,
    },
    /// an aim that cannot be planned for
    #[error(
        "the aim on '{structure}' {index} with limit {limit} cannot be planned for; use D…%, D…cc or V… with a limit within its range"
    )]
    Aim {
        /// structure it speaks of
        structure: String,
        /// the index
        index: String,
        /// its limit
        limit: f64,
    },
    /// an aim or a clearance of an organ that is not among the organs
    #[error("an aim or clearance names organ number {number}, but there are {of}")]
    NoSuchOrgan {
        /// its number, from 1
        number: usize,
        /// how many there are
        of: usize,
    },
    /// no hole of the template lies before the target
    #[error("none of the {holes} template holes leads into the target '{target}'; move or enlarge the template")]
    NoNeedle {
        /// name of the target
        target: String,
        /// holes looked at
        holes: usize,
    },
    /// every place is taken away by a clearance
    #[error(
        "no seed can be placed in '{target}': of {in_target} places on needles in it, {}; reduce the clearance, or place seeds more finely",
        shares(.taken)
    )]
    NoCandidate {
        /// name of the target
        target: String,
        /// places on needles in the target
        in_target: usize,
        /// organ, clearance in mm, places within it
        taken: Vec<(String, f64, usize)>,
    },
    /// too many places
    #[error(
        "{count} places for seeds are more than the {most} that can be planned; use a coarser step, or a smaller target"
    )]
    TooMany {
        /// how many
        count: usize,
        /// the most
        most: usize,
    },
    /// even the best seeds for each point are not enough
    #[error(
        "{index} of '{structure}' cannot reach its limit: even if every point had the best {seeds} seeds of {candidates} places for itself, only \
         {reachable:.1} % would receive {level_gy:.0} Gy where {wanted:.1} % should; use stronger seeds, more seeds, or more places"
    )]
    TooLittle {
        /// structure
        structure: String,
        /// index of the aim
        index: String,
        /// most seeds
        seeds: usize,
        /// places
        candidates: usize,
        /// percent of the structure that can receive it
        reachable: f64,
        /// percent of the structure that should
        wanted: f64,
        /// dose in question, Gy
        level_gy: f64,
    },
    /// a single seed is too much
    #[error(
        "{index} of '{structure}' cannot be kept: a single seed, wherever it lies, gives {least:.1} % of it {level_gy:.0} Gy or more, \
         {allowed:.1} % is allowed; use weaker seeds, or a larger clearance"
    )]
    TooMuch {
        /// structure
        structure: String,
        /// index of the aim
        index: String,
        /// least percent of the structure that one seed brings above the dose
        least: f64,
        /// percent allowed
        allowed: f64,
        /// dose in question, Gy
        level_gy: f64,
    },
    /// two aims exclude each other
    #[error(
        "{target_index} of '{target}' and {organ_index} of '{organ}' exclude each other: {overlap_cm3:.2} cm³ of '{organ}' lie in the target, so at most \
         {reachable:.1} % of the target can be covered where {wanted:.1} % should; relax one of them, or take the organ out of the target"
    )]
    Contradiction {
        /// target
        target: String,
        /// its index
        target_index: String,
        /// organ
        organ: String,
        /// its index
        organ_index: String,
        /// volume of both, cm³
        overlap_cm3: f64,
        /// percent of the target that can be covered
        reachable: f64,
        /// percent that should
        wanted: f64,
    },
    /// the search found no set of seeds at all that is better than none
    #[error("no seed improves the plan; the aims ask for no dose to the target, or contradict one another")]
    NoSeed,
    /// the dose of the plan could not be computed
    #[error("the dose of the plan cannot be computed: {0}")]
    Dose(String),
}

fn shares(of: &[(String, f64, usize)]) -> String {
    let parts: Vec<String> =
        of.iter().map(|(name, mm, count)| format!("{count} are nearer than {mm} mm to '{name}'")).collect();
    parts.join(", ")
}

impl PlanError {
    /// The same in Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Self::Setting { what, value } => format!("参数无效（{what}：{value}），请更正。"),
            Self::Aim { structure, index, limit } => {
                format!(
                    "“{structure}”的目标 {index}（限值 {limit}）不能用于优化；请使用 D…%、D…cc 或 V…，限值须在其范围内。"
                )
            }
            Self::NoSuchOrgan { number, of } => format!("目标或安全距离指向第 {number} 个危及器官，但只有 {of} 个。"),
            Self::NoNeedle { target, holes } => {
                format!("{holes} 个模板孔均不通向靶区“{target}”；请移动或扩大模板。")
            }
            Self::NoCandidate { target, in_target, taken } => {
                let parts: Vec<String> =
                    taken.iter().map(|(name, mm, count)| format!("{count} 个距“{name}”不足 {mm} mm")).collect();
                format!(
                    "靶区“{target}”内无处放置粒子：针道上 {in_target} 个位置中，{}；请减小安全距离或加密布源位置。",
                    parts.join("，")
                )
            }
            Self::TooMany { count, most } => {
                format!("布源位置 {count} 个，超过上限 {most}；请加大步长或缩小靶区。")
            }
            Self::TooLittle { structure, index, seeds, candidates, reachable, wanted, level_gy } => format!(
                "“{structure}”的 {index} 不可能达到：即使每一点都独占 {candidates} 个位置中最有利的 {seeds} 粒，也只有 {reachable:.1} % 的体积达到 {level_gy:.0} Gy，要求 {wanted:.1} %；请提高粒子强度、增加粒子数或布源位置。"
            ),
            Self::TooMuch { structure, index, least, allowed, level_gy } => format!(
                "“{structure}”的 {index} 不可能满足：任何位置的单粒粒子都使其 {least:.1} % 的体积达到 {level_gy:.0} Gy，允许 {allowed:.1} %；请降低粒子强度或加大安全距离。"
            ),
            Self::Contradiction { target, target_index, organ, organ_index, overlap_cm3, reachable, wanted } => {
                format!(
                    "“{target}”的 {target_index} 与“{organ}”的 {organ_index} 相互矛盾：“{organ}”有 {overlap_cm3:.2} cm³ 在靶区内，靶区至多覆盖 {reachable:.1} %，要求 {wanted:.1} %；请放宽其一，或将该器官从靶区中除去。"
                )
            }
            Self::NoSeed => "放置粒子不能改善计划；目标未要求靶区剂量，或相互矛盾。".to_owned(),
            Self::Dose(fault) => format!("无法计算计划剂量：{fault}。"),
        }
    }
}
