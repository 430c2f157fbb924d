//! Names of people who do not exist: common family and given names put together by chance.

use super::draw::Draw;

const FAMILY: [&str; 40] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何", "高", "林",
    "罗", "郑", "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾", "肖", "田", "董", "潘", "袁", "蔡",
    "欧阳", "司马",
];
const MALE: [&str; 24] = [
    "伟", "强", "军", "勇", "杰", "涛", "明", "超", "刚", "平", "建国", "志强", "文华", "国庆", "海生", "德才", "永福",
    "家宝", "振东", "立新", "学民", "宝山", "兴旺", "长河",
];
const FEMALE: [&str; 24] = [
    "芳", "娜", "秀英", "敏", "静", "丽", "艳", "娟", "霞", "桂兰", "玉梅", "春燕", "红", "淑珍", "凤英", "雪琴", "慧",
    "莉", "小红", "秋菊", "月华", "美玲", "素云", "翠平",
];

/// A name and a sex (`M`, `F`).
pub(super) fn person(draw: &mut Draw, male_of_ten: u64) -> (String, &'static str) {
    let male = draw.below(10) < male_of_ten;
    let family = draw.pick(&FAMILY);
    let given = if male { draw.pick(&MALE) } else { draw.pick(&FEMALE) };
    (format!("{family}{given}"), if male { "M" } else { "F" })
}
