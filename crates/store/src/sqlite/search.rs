//! Finding cases by words, in Chinese as in any script, without a dictionary.
//!
//! What is searched is turned into its letters and digits, and at each of them stands a *gram*, it and the three that follow: `王芳明`
//! becomes `王芳明 芳明 明`, `P-20240` becomes `p202 2024 0240 240 40 0`. A full-text index holds the grams. A word of up to four characters is
//! found as the beginning of a gram, a longer one as the phrase of its grams, wherever it stands. (SQLite's own trigram index
//! finds no word of two characters, the length of most Chinese names.)

/// Words at most in one search; further ones are left out.
const MOST_WORDS: usize = 8;
/// Characters at most of one word.
const MOST_CHARACTERS: usize = 64;
/// Characters of a gram. More make long numbers, of which many have the same parts, faster to find, and the index larger.
const GRAM: usize = 4;

/// Letters and digits as they are compared: lower-case, full-width forms as the plain ones, everything else left out.
fn letters(text: &str) -> Vec<char> {
    let plain = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(plain).flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

/// A character as part of a token. The index knows ASCII only, so every character is spelt in hexadecimal, closed by an `x`: characters
/// newer than the index's tables, as rare Chinese names have them, are found like any other.
fn spelt(c: char) -> String {
    format!("{:x}x", c as u32)
}

/// What the index holds of a text.
pub(super) fn grams(text: &str) -> String {
    let spelt: Vec<String> = letters(text).into_iter().map(spelt).collect();
    let grams = (0..spelt.len()).filter_map(|at| spelt.get(at..spelt.len().min(at + GRAM)));
    grams.map(<[String]>::concat).collect::<Vec<_>>().join(" ")
}

/// Every gram of one to four characters of a text: what a keyed index must hold, in which a gram's beginning cannot be seen.
pub(super) fn all_grams(text: &str) -> Vec<String> {
    let spelt: Vec<String> = letters(text).into_iter().map(spelt).collect();
    let from = |at: usize| (1..=GRAM).filter_map(move |length| Some((at, at.checked_add(length)?)));
    let grams = (0..spelt.len()).flat_map(from).filter_map(|(first, end)| spelt.get(first..end));
    grams.map(<[String]>::concat).collect()
}

/// The question to the index for the words of a search; `None` when it has no letter or digit. Each word is looked for in what is
/// plain and, by what `keyed` makes of its grams, in what belongs to identity.
pub(super) fn question(search: &str, keyed: impl Fn(&str) -> String) -> Option<String> {
    let words = search.split_whitespace().map(letters).filter(|word| !word.is_empty()).take(MOST_WORDS);
    let phrases: Vec<String> = words
        .map(|word| {
            let spelt: Vec<String> = word.into_iter().take(MOST_CHARACTERS).map(spelt).collect();
            let grams: Vec<String> = spelt.windows(GRAM.min(spelt.len())).map(<[String]>::concat).collect();
            let plain = if spelt.len() <= GRAM {
                format!("\"{}\" *", grams.concat())
            } else {
                format!("\"{}\"", grams.join(" "))
            };
            let sealed: Vec<String> = grams.iter().map(|gram| format!("\"{}\"", keyed(gram))).collect();
            format!("({PLAIN} : {plain} OR {SEALED} : ({}))", sealed.join(" AND "))
        })
        .collect();
    (!phrases.is_empty()).then(|| phrases.join(" AND "))
}

/// Columns of the index that hold grams as they are.
const PLAIN: &str = "{number site diagnosis}";
/// Columns that hold keyed grams.
const SEALED: &str = "{name patient_number}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_overlapping_grams() {
        assert_eq!(grams("王 芳"), "738bx82b3x 82b3x");
        assert_eq!(grams("ｐ-1234"), "70x31x32x33x 31x32x33x34x 32x33x34x 33x34x 34x");
        assert_eq!(grams("--"), "");
    }

    #[test]
    fn words_become_phrases_that_no_quote_escapes() {
        let asked = |search: &str| question(search, |gram| format!("k{}", gram.len()));
        let one = |plain: &str, sealed: &str| format!("({PLAIN} : {plain} OR {SEALED} : ({sealed}))");
        assert_eq!(asked("王芳"), Some(one("\"738bx82b3x\" *", "\"k10\"")));
        let two = [one("\"31x32x33x34x 32x33x34x35x\"", "\"k12\" AND \"k12\""), one("\"738bx\" *", "\"k5\"")];
        assert_eq!(asked("12345 王"), Some(two.join(" AND ")));
        assert_eq!(asked("a\" OR \"b").map(|question| question.matches(PLAIN).count()), Some(3));
        assert_eq!(asked(" - "), None);
    }

    #[test]
    fn a_keyed_index_holds_every_gram() {
        assert_eq!(all_grams("王芳"), ["738bx", "738bx82b3x", "82b3x"]);
        assert_eq!(all_grams("12345").len(), 4 + 4 + 3 + 2 + 1);
    }
}
