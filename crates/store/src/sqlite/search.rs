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

/// The question to the index for the words of a search; `None` when it has no letter or digit.
pub(super) fn question(search: &str) -> Option<String> {
    let words = search.split_whitespace().map(letters).filter(|word| !word.is_empty()).take(MOST_WORDS);
    let phrases: Vec<String> = words
        .map(|word| {
            let spelt: Vec<String> = word.into_iter().take(MOST_CHARACTERS).map(spelt).collect();
            if spelt.len() <= GRAM {
                return format!("\"{}\" *", spelt.concat());
            }
            let grams: Vec<String> = spelt.windows(GRAM).map(<[String]>::concat).collect();
            format!("\"{}\"", grams.join(" "))
        })
        .collect();
    (!phrases.is_empty()).then(|| phrases.join(" AND "))
}

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
        assert_eq!(question("王芳"), Some("\"738bx82b3x\" *".into()));
        assert_eq!(question("12345 王"), Some("\"31x32x33x34x 32x33x34x35x\" AND \"738bx\" *".into()));
        assert_eq!(question("a\" OR \"b"), Some("\"61x\" * AND \"6fx72x\" * AND \"62x\" *".into()));
        assert_eq!(question(" - "), None);
    }
}
