//! Language of a text: what X said; else what the writing tells; else a model's guess, where the
//! text is long enough for one and in a writing that the model knows.

use whichlang::Lang;

use crate::plain;
use crate::script::Letters;

/// Fewer letters than these are not given to the model.
const ENOUGH: usize = 12;
/// Fewer Chinese characters than these may as well be Japanese.
const ENOUGH_HAN: usize = 4;
/// What X says where it does not know or where there are no words.
const SILENT: [&str; 3] = ["und", "zxx", "art"];

/// BCP 47 tag of the language, if it can be told.
pub fn of(stated: Option<&str>, text: &str) -> Option<String> {
    if let Some(tag) = stated.and_then(tag) {
        return Some(tag);
    }
    let words = plain::words(text, false);
    by_script(&words).map(str::to_owned)
}

/// X's tag in today's spelling; X names texts without words `q..`.
fn tag(stated: &str) -> Option<String> {
    let mut parts = stated.split('-');
    let first = parts.next()?;
    let legal = matches!(first.len(), 2 | 3) && first.bytes().all(|b| b.is_ascii_alphabetic());
    let rest = parts.all(|part| {
        (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    let private = first.len() == 3 && first.starts_with(['q', 'Q']);
    if !legal || !rest || stated.len() > 35 || private {
        return None;
    }
    let tag = match first {
        "in" => stated.replacen("in", "id", 1),
        "iw" => stated.replacen("iw", "he", 1),
        "ji" => stated.replacen("ji", "yi", 1),
        _ => stated.to_owned(),
    };
    (!SILENT.contains(&first)).then_some(tag)
}

fn by_script(words: &str) -> Option<&'static str> {
    let letters = Letters::of(words);
    let total = letters.total();
    let most = |count: usize| total > 0 && count * 2 >= total;
    match () {
        () if letters.kana > 0 && most(letters.kana + letters.han) => Some("ja"),
        () if most(letters.hangul) => Some("ko"),
        () if most(letters.thai) => Some("th"),
        () if most(letters.hebrew) => Some("he"),
        () if most(letters.greek) => Some("el"),
        () if most(letters.han) => (letters.han >= ENOUGH_HAN).then_some("zh"),
        () if total < ENOUGH => None,
        () if most(letters.arabic) => (!words.contains(['پ', 'چ', 'ژ', 'گ'])).then_some("ar"),
        () if most(letters.cyrillic) => Some(cyrillic(words)),
        () if most(letters.devanagari) => guess(words, |lang| lang == Lang::Hin),
        () if most(letters.latin) => guess(words, |lang| {
            !matches!(
                lang,
                Lang::Ara | Lang::Cmn | Lang::Hin | Lang::Jpn | Lang::Kor | Lang::Rus
            )
        }),
        () => None,
    }
}

/// The model knows Russian alone; Ukrainian has letters of its own.
fn cyrillic(words: &str) -> &'static str {
    if words.contains(['і', 'ї', 'є', 'ґ', 'І', 'Ї', 'Є', 'Ґ']) {
        "uk"
    } else {
        "ru"
    }
}

fn guess(words: &str, writes_so: impl Fn(Lang) -> bool) -> Option<&'static str> {
    let lang = whichlang::detect_language(words);
    writes_so(lang).then_some(match lang {
        Lang::Ara => "ar",
        Lang::Cmn => "zh",
        Lang::Deu => "de",
        Lang::Eng => "en",
        Lang::Fra => "fr",
        Lang::Hin => "hi",
        Lang::Ita => "it",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Nld => "nl",
        Lang::Por => "pt",
        Lang::Rus => "ru",
        Lang::Spa => "es",
        Lang::Swe => "sv",
        Lang::Tur => "tr",
        Lang::Vie => "vi",
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn x_decides_then_the_writing_then_the_model() {
        for (stated, text, expected) in [
            (Some("de"), "hello there my friend", Some("de")),
            (Some("in"), "apa kabar", Some("id")),
            (Some("zh-CN"), "?", Some("zh-CN")),
            (Some("und"), "where is my parcel, please?", Some("en")),
            (Some("qme"), "where is my parcel, please?", Some("en")),
            (Some("zxx"), "https://t.co/abc", None),
            (Some("not a tag"), "ok", None),
            (None, "Wo bleibt mein Paket, bitte?", Some("de")),
            (None, "¿Dónde está mi paquete, por favor?", Some("es")),
            (None, "荷物はどこですか", Some("ja")),
            (None, "배송", Some("ko")),
            (None, "我的包裹在哪里", Some("zh")),
            (None, "包裹", None),
            (None, "где моя посылка, скажите", Some("ru")),
            (None, "де моя посилка, скажіть", Some("uk")),
            (None, "@bo thanks!", None),
            (
                None,
                "@somebody_else https://t.co/abcdefghijk #parcelservice",
                None,
            ),
            (None, "🧀🧀🧀", None),
            (None, "", None),
            (None, "გამარჯობა მეგობარო", None),
        ] {
            assert_eq!(
                super::of(stated, text).as_deref(),
                expected,
                "{stated:?} {text}"
            );
        }
    }
}
