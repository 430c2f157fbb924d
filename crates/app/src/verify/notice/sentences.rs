//! The reader's remarks in Chinese, by a part of the English sentence that only they have.

/// Part of the English remark, and the Chinese one. `{name}` is what stands in the first quotation marks of the remark. The first that
/// fits is taken, so a remark that quotes another stands before it.
const SENTENCES: &[(&str, &str)] = &[
    // the study
    ("THE FOLDER MIXES", "文件夹中混有多位患者的文件，须先分开再计算"),
    ("have no Patient ID", "部分文件没有患者编号，请确认属于本患者"),
    ("the patient's name is written in", "各文件中患者姓名的写法不一致"),
    ("and counts once", "与文件夹中另一文件内容相同，只计一次"),
    ("has the same SOP Instance UID", "与另一文件的 SOP Instance UID 相同而内容不同，请查明应使用哪一个"),
    ("forms no volume", "有一个图像序列不能组成体数据，未使用"),
    ("which no image of the folder has", "结构集“{name}”的参考坐标系与文件夹中任何图像都不相同，无法对应"),
    ("was drawn on are not in the folder", "勾画结构集“{name}”所用的部分图像不在文件夹中，序列可能不完整"),
    ("reaches beyond the slices of series", "结构“{name}”超出图像层面，序列可能不完整"),
    ("seeds of plan", "计划“{name}”中有粒子位于图像层面以外：序列可能不完整，或计划并非在此序列上制订"),
    ("the dose grid", "剂量网格超出图像层面，序列可能不完整"),
    ("which is not in the folder", "引用了不在文件夹中的对象"),
    // files
    ("cannot be listed", "无法列出，请检查访问权限"),
    ("check its permissions", "无法读取，请检查访问权限"),
    ("more than the", "文件过大或内容超出上限，未读取"),
    ("so that part of it is missing", "文件被截断或损坏，内容不全，未使用，请重新导出"),
    ("used where the pixels are whole", "文件被截断或损坏，像素完整者仍使用"),
    ("it holds no dose grid", "不含剂量网格（只有 DVH、点剂量或等剂量线），请以网格形式导出剂量"),
    ("it is not used", "文件不能使用，请重新导出"),
    ("the series is not used without it", "图像不能使用，所在序列因此未使用，请重新导出"),
    ("not a DICOM file", "不是 DICOM 文件，未使用"),
    ("is missing or empty", "缺少必需的属性，请重新导出"),
    ("pixel data: ", "像素数据不能解码，请以未压缩格式重新导出"),
    // structures
    ("so its contours cannot be found", "结构“{name}”没有编号，轮廓无法对应，未使用"),
    ("so its contours cannot be told apart", "结构“{name}”的编号重复，轮廓无法区分，未使用"),
    ("StructureSetROISequence is empty", "结构集中没有结构"),
    ("which are no whole points", "结构“{name}”的轮廓坐标个数不是三的倍数，未使用"),
    ("has no points and was ignored", "结构“{name}”有一个轮廓没有点，已略去"),
    ("the points are used", "结构“{name}”有一个轮廓的点数与声明不符，按实际点数读取"),
    ("it is taken for", "结构“{name}”有一个轮廓的几何类型不合标准，已按点数判断"),
    ("whether the contours fit an image cannot be known", "结构集未声明参考坐标系，无法确认轮廓与图像对应"),
    ("is drawn in frame of reference", "结构“{name}”的参考坐标系与其他结构不同"),
    // plan and dose
    ("the plan's only source is taken", "部分通道未指明放射源，按计划中唯一的放射源处理"),
    ("NumberOfBrachyApplicationSetups says", "计划声明的施源装置数与实际描述的不符"),
    ("the plan does not say what its sources are", "计划未描述其放射源"),
    ("is missing or not positive", "计划中放射源的某项数据缺失或非正值"),
    ("neither GY nor RELATIVE", "剂量单位既非 GY 也非 RELATIVE，数值含义不明"),
    ("a single dose plane has no plane distance", "剂量只有一层，层距未知，按层厚处理"),
    ("the planes are counted from the first", "剂量各层的偏移量不从零开始，按第一层起算"),
    ("export the dose again", "剂量文件有误，请重新导出"),
    // images
    ("so the slice cannot be placed", "缺少定位所需的属性，图像层面无法定位，请从扫描设备重新导出"),
    ("slice(s) are missing", "序列缺层，请导出完整序列"),
    ("the slices are not evenly spaced", "层距不均匀，请以单一层距重建"),
    ("the series mixes two scans: separate them", "同一位置有两个不同的层面，序列混有两次扫描，请分开"),
    ("are not at right angles", "图像的行列方向不垂直，请重新导出"),
    ("gantry tilt", "机架倾斜，体素不是长方体，请重建为无倾斜序列"),
    ("beside the line of the others", "有层面偏离其余层面的连线，患者或床移动，或序列混有两次扫描"),
    ("localiser image(s)", "序列中的定位像已略去"),
    ("the series mixes", "序列含有多组方向、大小或参考坐标系不同的图像，分别组成体数据"),
    ("the series holds", "序列含有多次采集，分别组成体数据"),
    ("ImagesInAcquisition says", "图像数少于声明的数目，序列可能不完整"),
    ("are copies of others and were dropped", "有重复的层面，已略去"),
    ("a single slice has no slice distance", "只有一层图像，层距未知，按层厚处理"),
    ("InstanceNumber runs from", "图像编号不连续，序列可能不完整"),
    ("the lowest CT number is", "CT 值最低处仍高于空气，请核对 RescaleIntercept"),
    ("the highest CT number is", "CT 值最高处仍低于水，请核对 RescaleSlope"),
    ("MONOCHROME1", "图像以反相方式存储，按存储值使用"),
    ("is missing: the stored values are used", "缺少 RescaleIntercept 或 RescaleSlope，按存储值使用，可能不是 HU"),
    ("not HU: the values may not be", "RescaleType 不是 HU，数值可能不是 HU"),
    ("is not stored as a CT image", "声明为 CT，但不是以 CT 图像存储，数值可能不是 HU"),
    ("the series has no images", "序列中没有图像"),
    ("export the series again from the scanner", "图像有误，请从扫描设备重新导出该序列"),
    // what was forgiven while reading
    (
        "not ASCII although no (0008,0005)",
        "含非 ASCII 字符而文件未声明字符集 (0008,0005)，按西欧或系统常用字符集解码，请核对名称",
    ),
    ("bytes beyond ASCII", "含非 ASCII 字节，按本文件的字符集解码"),
    ("cannot be combined with other sets", "声明的字符集不能与其他字符集并用，全文按该字符集解码"),
    ("is no character set known here", "声明的字符集未知，按 UTF-8、GB18030 或 ISO 8859-1 判断，请核对名称"),
    ("are not in the character set of", "部分字节不属于声明的字符集，显示为“\u{FFFD}”"),
    ("has a zlib header", "压缩数据带有多余的 zlib 头，照常读取"),
    ("kept what came before", "压缩数据中断，保留了中断以前的部分"),
    ("the deflated data set cannot be inflated", "压缩数据不能解压，请重新导出"),
    ("the 128 bytes before", "缺少 128 字节的文件前导，照常读取"),
    ("neither preamble nor", "既无文件前导也无“DICM”标识，按内容识别为 DICOM"),
    ("file meta information in", "文件元信息的编码不合标准，照常读取"),
    ("file meta information ends here", "文件元信息的长度有误，已按实际长度读取"),
    ("the elements themselves were followed", "文件元信息的组长度缺失或有误，已按元素读取"),
    ("the data set looks like", "未声明传输语法，已按内容判断"),
    ("says deflated, but", "声明为压缩传输语法而数据未压缩，按实际内容读取"),
    ("read as that", "声明的传输语法与内容不符，按实际内容读取"),
    ("zero bytes after the last element", "末尾有多余的零字节，已略去"),
    ("bytes that are no data element", "末尾有不属于数据元素的字节，已略去"),
    ("it and what follows are left out", "文件被截断，该元素及其后的内容已略去"),
    ("kept what is there", "文件被截断，保留了已有部分"),
    ("zero bytes where an element should be", "数据元素之间有零字节，已跳过"),
    ("does not exist; read as", "值表示（VR）有误，已按标准类型读取"),
    ("stands twice", "同一数据元素出现两次，取后者"),
    ("are no multiple of", "数值的字节数有误，末尾多余的字节已略去"),
    ("within an item of undefined length", "数据在条目中途结束，已读部分保留"),
    ("within the sequence", "数据在序列中途结束，已读部分保留"),
    ("before the sequence delimiter of the fragments", "像素数据缺少结束标记，已读部分保留"),
    ("end without a sequence delimiter", "像素数据缺少结束标记，已读部分保留"),
    ("item delimiter where no item is open", "有多余的条目结束标记，已跳过"),
    ("before its last item does", "序列先于其条目结束，条目已补全"),
    ("delimiter where none can be", "有多余的结束标记，已跳过"),
    ("delimiter within a sequence of stated length", "定长序列中有多余的结束标记，已跳过"),
    ("that is no item; it is closed here", "序列中有不是条目的内容，序列到此为止"),
    ("an item in implicit VR", "条目的编码与文件不一致，照常读取"),
    ("an item in explicit VR", "条目的编码与文件不一致，照常读取"),
    ("kept as bytes", "未知类型的元素按字节保留"),
    ("read up to the sequence delimiter", "元素未声明长度，读到结束标记为止"),
    ("further repairs are not listed", "其余修补不再列出"),
    // a value that is not what the standard asks for; last, because its words are common
    ("\" is not ", "属性值不合标准，请重新导出"),
];

/// The remark in Chinese; none when it is not known.
pub fn chinese(remark: &str) -> Option<String> {
    let (_, zh) = SENTENCES.iter().find(|(part, _)| remark.contains(part))?;
    // a name may hold an apostrophe itself, but the text before it does not
    let name = remark.split('\'').nth(1).unwrap_or_default();
    Some(zh.replace("{name}", name))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    /// Literals of the reader that are no remarks but parts of one, names of things, or causes told inside a remark.
    const PARTS: &[&str] = &[
        "{expected} in each of its",
        "ISO 2022 IR",
        "JPEG",
        "MPEG",
        "HEVC",
        "VR Little Endian",
        "VR Big Endian",
        "{vr} VR {} endian",
        "an unknown transfer syntax",
        "size of the",
        "number of elements of group",
        "number of data elements",
        "file size in bytes",
        "depth of nested sequences",
        "is no regular file",
        "between {} and {}",
        "{} at byte {}",
        "at byte {}",
        "the file is empty",
        "does not begin like a data set",
        "no complete data element",
        "in channel {} of application setup",
        "the source of {}",
        "contour {} of {}",
        "slices of {} × {}",
        " and {} more",
        "mm between {} and {}",
        "at {} more places",
        "(and in {} more files)",
        "'{}' ({}; {n} file(s), first {})",
        "series {} ({}): {warning}",
    ];
    /// Files in which such literals are causes of an error, which is told as `pixel data: …`, `…; the series is not used without it` or
    /// `…; export the dose again`.
    const CAUSES: &[&str] = &["pixels.rs", "pixels_frames.rs", "pixels_native.rs", "rtdose/read.rs", "series/read.rs"];

    fn sources() -> Vec<PathBuf> {
        let image = Path::new(env!("CARGO_MANIFEST_DIR")).join("../image/src");
        let mut files: Vec<PathBuf> =
            ["rtstruct.rs", "rtplan.rs", "rtdose.rs", "series.rs"].map(|f| image.join(f)).into();
        for folder in ["study", "rtstruct", "rtplan", "rtdose", "series", "dicom"] {
            files.extend(fs::read_dir(image.join(folder)).unwrap().map(|entry| entry.unwrap().path()));
        }
        // the choice of a study is an error of its own, not a remark, and has its own Chinese
        let apart = ["study/select.rs", "study/chinese.rs"];
        files.retain(|file| file.is_file() && !apart.iter().any(|name| file.ends_with(name)));
        files
    }

    /// String literals outside comments and tests.
    fn literals(code: &str) -> Vec<String> {
        let code = code.split("#[cfg(test)]").next().unwrap_or_default();
        let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let code = code.join("\n").replace("'\"'", "' '").replace("'\\\"'", "' '");
        let (mut found, mut now, mut inside) = (Vec::new(), String::new(), false);
        let mut chars = code.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if inside => {
                    found.push(std::mem::take(&mut now));
                    inside = false;
                }
                '"' => inside = true,
                '\\' if inside => match chars.next() {
                    Some('\n') => while chars.next_if(|c| c.is_whitespace()).is_some() {},
                    Some(escaped) => now.push(escaped),
                    None => {}
                },
                _ if inside => now.push(c),
                _ => {}
            }
        }
        found
    }

    #[test]
    fn every_remark_of_the_reader_has_its_chinese() {
        let mut seen = 0;
        let mut missing = Vec::new();
        for file in sources() {
            let cause = CAUSES.iter().any(|name| file.ends_with(name));
            for literal in literals(&fs::read_to_string(&file).unwrap()) {
                if literal.matches(' ').count() < 3 || PARTS.iter().any(|part| literal.contains(part)) {
                    continue;
                }
                seen += 1;
                if chinese(&literal).is_none() && !cause {
                    missing.push(format!("{}: {literal}", file.display()));
                }
            }
        }
        assert!(seen > 80, "only {seen} remarks were found: the sources are read wrongly");
        assert!(missing.is_empty(), "no Chinese in SENTENCES for:\n{}", missing.join("\n"));
    }

    #[test]
    fn every_sentence_is_still_said() {
        let all: Vec<String> = sources().iter().flat_map(|file| literals(&fs::read_to_string(file).unwrap())).collect();
        for (part, _) in SENTENCES {
            let said = all.iter().any(|literal| literal.contains(part));
            assert!(said, "the reader no longer says '{part}'");
        }
    }

    #[test]
    fn names_are_kept() {
        let zh = chinese("structure 'Rectum' of 'POST' reaches beyond the slices of series 1.2: …").unwrap();
        assert_eq!(zh, "结构“Rectum”超出图像层面，序列可能不完整");
        assert_eq!(chinese("nobody said this"), None);
    }
}
