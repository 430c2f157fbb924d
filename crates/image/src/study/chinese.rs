//! What keeps a study from being used, in Chinese.

use super::StudyError;

impl StudyError {
    /// The sentence in Chinese; names of folders are left out, since whoever reads it may have sent the files through a browser.
    pub fn chinese(&self) -> String {
        match self {
            Self::NotFound { .. } => "没有这个文件夹；请给出导出 DICOM 文件的文件夹。".to_owned(),
            Self::NotAFolder { .. } => "给出的是文件；请给出导出 DICOM 文件的文件夹。".to_owned(),
            Self::Unreadable { reason, .. } => format!("文件夹无法读取：{reason}；请检查权限。"),
            Self::Empty { .. } => "没有任何文件；请先导出检查（CT、结构、计划）。".to_owned(),
            Self::NoDicom { files, first, .. } => {
                format!("{files} 个文件都不能作为 DICOM 读取（第一个：{first}）；请以 DICOM 格式导出检查。")
            }
            Self::NoCt { found } => format!("检查中没有 CT（现有：{found}）；请补充用于剂量验证的术后 CT。"),
            Self::CtUnusable { uid, reason } => format!("CT 序列 {uid} 不能构成体数据：{reason}"),
            Self::SeveralCt { series } => {
                format!("有 {} 个 CT 序列可选：{}；请只保留要用的一个。", series.len(), series.join("；"))
            }
            Self::UnknownSeries { uid, known } => format!("检查中没有序列 {uid}；现有：{}。", known.join("、")),
            Self::NoStructureSet => "检查中没有结构集（RTSTRUCT）；请导出在此 CT 上勾画的轮廓。".to_owned(),
            Self::FrameOfReference { label, .. } => {
                format!(
                    "结构集“{label}”的参考坐标系与 CT 不同，轮廓位置会错；请导出在此 CT 上勾画（或已配准）的结构集。"
                )
            }
            Self::SeveralStructureSets { labels } => {
                format!("有 {} 个结构集属于此 CT：{}；请只保留要用的一个。", labels.len(), labels.join("、"))
            }
            Self::NoImplantPlan { found } => {
                format!("检查中没有永久植入计划（现有：{found}）；请导出带粒子位置的 RTPLAN，或在 CT 上识别粒子。")
            }
            Self::PlanFrameOfReference { label, .. } => {
                format!(
                    "计划“{label}”的参考坐标系与 CT 不同，粒子位置会错；请导出在此 CT 上制定的计划，或在 CT 上识别粒子。"
                )
            }
            Self::SeveralImplantPlans { labels } => {
                format!("有 {} 个永久植入计划：{}；请只保留要用的一个。", labels.len(), labels.join("、"))
            }
        }
    }
}
