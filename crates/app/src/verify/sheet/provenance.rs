//! What the result rests on: methods, data and input files.

use image::study::{FileKind, SourceFile};
use report::Language;
use report::verification as r;

use super::super::Verified;
use super::super::record::digest;
use super::super::request::SeedOrigin;
use super::Say;
use super::implant::formalism;

/// Files of one kind told as one when there are more than this many.
const MANY_FILES: usize = 12;

/// Every file, the slices of a long series as one.
pub(super) fn inputs(files: &[SourceFile], language: Language) -> Vec<r::InputFile> {
    let kind = |kind: FileKind| {
        let key = match kind {
            FileKind::Image => "file.image",
            FileKind::StructureSet => "file.structures",
            FileKind::Plan => "file.plan",
            FileKind::Dose => "file.dose",
            FileKind::Other => "file.other",
            FileKind::Unreadable => "file.unreadable",
        };
        report::terms::term(key, language).to_owned()
    };
    let kinds: std::collections::BTreeSet<FileKind> = files.iter().map(|file| file.kind).collect();
    let mut rows = Vec::new();
    for one in kinds {
        let same: Vec<&SourceFile> = files.iter().filter(|file| file.kind == one).collect();
        match same.as_slice() {
            [first, .., last] if same.len() > MANY_FILES => {
                let mut digests: Vec<&str> = same.iter().map(|file| file.sha256.as_str()).collect();
                digests.sort_unstable();
                let text: String = digests.iter().flat_map(|digest| [digest, "\n"]).collect();
                rows.push(r::InputFile {
                    kind: kind(one),
                    path: format!("{} … {}", first.path.display(), last.path.display()),
                    sha256: digest(text.as_bytes()),
                    count: same.len(),
                });
            }
            few => rows.extend(few.iter().map(|file| r::InputFile {
                kind: kind(one),
                path: file.path.display().to_string(),
                sha256: file.sha256.clone(),
                count: 1,
            })),
        }
    }
    rows
}

pub(super) fn methods(v: &Verified<'_>, say: Say<'_>) -> Vec<r::Method> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let method = |step: String, description: String| r::Method { step, description, version: version.clone() };
    let grid = &v.dose.volume.grid;
    let mut methods = vec![
        method(
            say("粒子", "Seeds"),
            match v.request.seeds {
                SeedOrigin::Plan => say("取自 RTPLAN", "from the RTPLAN"),
                SeedOrigin::Auto => say("在 CT 上自动识别", "found on the CT by fitting capsules"),
                SeedOrigin::Given(_) => say(
                    "按给定的清单（逐粒来源见粒子清单与 result.json）",
                    "as given, one by one (for the origin of each see the list of seeds and result.json)",
                ),
            },
        ),
        method(
            say("剂量", "Dose"),
            format!(
                "{}{}{}",
                formalism(v.formalism, say),
                say(
                    &format!(
                        "；网格 {} × {} × {}，体素 {:.2} mm；",
                        grid.size[0], grid.size[1], grid.size[2], grid.spacing[0]
                    ),
                    &format!(
                        "; grid {} × {} × {}, voxels of {:.2} mm; ",
                        grid.size[0], grid.size[1], grid.size[2], grid.spacing[0]
                    ),
                ),
                say(
                    "AAPM TG-43U1 及其增补；水介质，不含组织不均匀性和粒子间衰减；单源剂量学合成标准不确定度 < 5 %（k = 1，AAPM \
                     TG-138）",
                    "AAPM TG-43U1 and supplements; water, no tissue heterogeneity, no interseed attenuation; combined dosimetric \
                     uncertainty of a single source < 5 % (k = 1, AAPM TG-138)",
                )
            ),
        ),
        method(
            say("剂量体积直方图", "DVH"),
            say(
                "轮廓层面的精确面积，层厚取至相邻层面中点；剂量三线性插值",
                "exact area of the contours, each standing for half the distance to its neighbours; dose interpolated trilinearly",
            ),
        ),
    ];
    if let Some(effect) = &v.effect {
        let tissue = &effect.tissue;
        let (alpha, ratio, repair) = (tissue.alpha_per_gy, tissue.alpha_beta_gy, tissue.repair.hours());
        let doubling = tissue.doubling.map_or_else(
            || say("，无再增殖", ", no repopulation"),
            |doubling| {
                let days = doubling.days();
                say(&format!("，倍增时间 {days:.0} d"), &format!(", doubling time {days:.0} d"))
            },
        );
        let unverified =
            if tissue.verified { String::new() } else { say("；参数未核实", "; parameters unverified") };
        let bed = effect.bed.value();
        methods.push(method(
            say("生物效应", "Biological effect"),
            say(
                &format!(
                    "靶区 D90 的 BED 为 {bed:.1} Gy（{}：α\u{a0}{alpha}\u{a0}Gy⁻¹，α/β\u{a0}{ratio}\u{a0}Gy，修复半衰期 {repair:.2}\u{a0}h{doubling}{unverified}）",
                    tissue.name_zh
                ),
                &format!(
                    "BED of the target's D90: {bed:.1} Gy ({}: α\u{a0}{alpha}\u{a0}Gy⁻¹, α/β\u{a0}{ratio}\u{a0}Gy, half-time of repair {repair:.2}\u{a0}h{doubling}\
                     {unverified})",
                    tissue.name
                ),
            ),
        ));
    }
    methods
}

pub(super) fn data(v: &Verified<'_>) -> Vec<r::DataFile> {
    let mut files: Vec<r::DataFile> = Vec::new();
    for kind in &v.seeds.kinds {
        let name = format!("seeds/{}.toml", kind.model.id);
        if !files.iter().any(|file| file.name == name) {
            files.push(r::DataFile { name, version: kind.model.version.to_string(), sha256: String::new() });
        }
    }
    let name = format!("criteria/{}.toml", v.pack.id);
    files.push(r::DataFile { name, version: v.pack.version.clone(), sha256: String::new() });
    files
}
