//! Recognising structures by their names, whatever the language and spelling.

use super::pack::StructureRule;

/// Lower case, without accents and without what separates words.
pub(super) fn plain(name: &str) -> String {
    name.chars()
        .flat_map(char::to_lowercase)
        .filter_map(|c| match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => Some('a'),
            'ç' => Some('c'),
            'è' | 'é' | 'ê' | 'ë' => Some('e'),
            'ì' | 'í' | 'î' | 'ï' => Some('i'),
            'ñ' => Some('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' => Some('o'),
            'ù' | 'ú' | 'û' | 'ü' => Some('u'),
            // accents that follow their letter
            '\u{300}'..='\u{36f}' => None,
            c if c.is_alphanumeric() => Some(c),
            _ => None,
        })
        .collect()
}

/// Which of `names` the rule means: a name equal to a pattern before one that contains it, then the shortest, then the first.
pub(super) fn find<'a>(rule: &StructureRule, names: impl Iterator<Item = &'a str>) -> Option<usize> {
    let patterns: Vec<String> = rule.patterns.iter().map(|p| plain(p)).filter(|p| !p.is_empty()).collect();
    let excluded: Vec<String> = rule.exclude.iter().map(|p| plain(p)).filter(|p| !p.is_empty()).collect();
    names
        .enumerate()
        .filter_map(|(at, name)| {
            let name = plain(name);
            let rank = patterns.iter().position(|p| name.contains(p.as_str()))?;
            if excluded.iter().any(|p| name.contains(p.as_str())) {
                return None;
            }
            let exact = patterns.contains(&name);
            // earlier patterns are the better ones: 'prostate' before 'ctv'
            Some(((!exact, rank, name.chars().count()), at))
        })
        .min()
        .map(|(_, at)| at)
}

impl StructureRule {
    /// Which of `names` the rule means, if any: the one that matches best.
    pub fn find<'a>(&self, names: impl Iterator<Item = &'a str>) -> Option<usize> {
        find(self, names)
    }
}
