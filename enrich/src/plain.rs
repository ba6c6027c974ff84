//! The words of a text: what its author wrote without links and handles.

/// Nothing here reads more of a text than this many bytes: long posts say early what they are
/// about, and one scorer takes time by the square of the words.
const READ: usize = 2_000;

/// The text without links, mentions and the `RT` of a repost; without hashtags if asked.
pub fn words(text: &str, hashtags: bool) -> String {
    let mut words = String::with_capacity(text.len().min(READ));
    for word in head(text).split_whitespace() {
        let repost = word == "RT" && words.is_empty();
        if !repost && !address(word) && (hashtags || !word.starts_with(['#', '＃'])) {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(word);
        }
    }
    words
}

fn address(word: &str) -> bool {
    // A mark before it, such as an opening bracket, does not make it a word.
    let bare = word.trim_start_matches(['(', '.', '"', '“', '[']);
    bare.starts_with(['@', '＠']) || bare.starts_with("https://") || bare.starts_with("http://")
}

fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(READ)]
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_words_are_left() {
        for (text, hashtags, expected) in [
            ("RT @bo: it RT broke", true, "it RT broke"),
            (
                ".@bo (@cy) see https://t.co/x #fail now",
                true,
                "see #fail now",
            ),
            ("see https://t.co/x #fail\nnow", false, "see now"),
            ("@bo https://t.co/x", true, ""),
        ] {
            assert_eq!(super::words(text, hashtags), expected, "{text}");
        }
        let long = "ü".repeat(5_000);
        assert!(super::words(&long, true).len() <= super::READ);
    }
}
