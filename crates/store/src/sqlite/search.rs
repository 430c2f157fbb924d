//! Finding cases by words, in Chinese as in any script, without a dictionary.
//!
//! What is searched is turned into the overlapping pairs of its letters and digits, `王芳明` into `王芳 芳明 明`, which a full-text
//! index then holds. A word of two characters and more is found as the phrase of its pairs, wherever it stands; a single character
//! as the beginning of a pair. Names of two characters, the rule in Chinese, are too short for SQLite's own trigram index.

/// Words at most in one search; further ones are left out.
const MOST_WORDS: usize = 8;
/// Characters at most of one word.
const MOST_CHARACTERS: usize = 64;

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
pub(super) fn pairs(text: &str) -> String {
    let letters = letters(text);
    let spelt: Vec<String> = letters.iter().copied().map(spelt).collect();
    let tokens = spelt.iter().zip(spelt.iter().skip(1).map(Some).chain([None]));
    let tokens: Vec<String> =
        tokens.map(|(first, second)| format!("{first}{}", second.map_or("", String::as_str))).collect();
    tokens.join(" ")
}

/// The question to the index for the words of a search; `None` when it has no letter or digit.
pub(super) fn question(search: &str) -> Option<String> {
    let words = search.split_whitespace().map(letters).filter(|word| !word.is_empty()).take(MOST_WORDS);
    let phrases: Vec<String> = words
        .map(|word| {
            let spelt: Vec<String> = word.into_iter().take(MOST_CHARACTERS).map(spelt).collect();
            match spelt.as_slice() {
                [only] => format!("\"{only}\" *"),
                several => {
                    let pairs: Vec<String> = several.windows(2).map(<[String]>::concat).collect();
                    format!("\"{}\"", pairs.join(" "))
                }
            }
        })
        .collect();
    (!phrases.is_empty()).then(|| phrases.join(" AND "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_overlapping_pairs() {
        assert_eq!(pairs("王 芳"), "738bx82b3x 82b3x");
        assert_eq!(pairs("ｐ-1"), "70x31x 31x");
        assert_eq!(pairs("--"), "");
    }

    #[test]
    fn words_become_phrases_that_no_quote_escapes() {
        assert_eq!(question("王芳"), Some("\"738bx82b3x\"".into()));
        assert_eq!(question("P 王"), Some("\"70x\" * AND \"738bx\" *".into()));
        assert_eq!(question("a\" OR \"b"), Some("\"61x\" * AND \"6fx72x\" AND \"62x\" *".into()));
        assert_eq!(question(" - "), None);
    }
}
