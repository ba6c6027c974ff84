//! Words that say that something cannot wait: few, plain, and per language, so that a person can
//! check why an item was ranked. A language without a list has no such term.

const EN: &[&str] = &[
    "asap",
    "emergency",
    "fraud",
    "hacked",
    "immediately",
    "lawyer",
    "locked",
    "scam",
    "scammed",
    "stolen",
    "stranded",
    "urgent",
    "urgently",
];
const DE: &[&str] = &[
    "anwalt",
    "betrug",
    "dringend",
    "eilig",
    "gehackt",
    "gestohlen",
    "notfall",
    "sofort",
];
const FR: &[&str] = &[
    "arnaque",
    "avocat",
    "fraude",
    "immédiatement",
    "piraté",
    "urgence",
    "urgent",
];
const ES: &[&str] = &[
    "abogado",
    "estafa",
    "fraude",
    "inmediatamente",
    "robado",
    "urgencia",
    "urgente",
];
const IT: &[&str] = &[
    "avvocato",
    "emergenza",
    "frode",
    "rubato",
    "subito",
    "truffa",
    "urgente",
];
const PT: &[&str] = &[
    "advogado",
    "emergência",
    "fraude",
    "golpe",
    "imediatamente",
    "roubado",
    "urgente",
];
const NL: &[&str] = &[
    "advocaat",
    "dringend",
    "fraude",
    "gehackt",
    "gestolen",
    "noodgeval",
    "spoed",
];

/// What one such word adds.
const EACH: f64 = 0.5;

/// Strength from 0 to 1. `words` is lower case; a text too short to have a language is taken for
/// English.
pub fn strength(lang: Option<&str>, words: &str) -> f64 {
    let list = match lang.unwrap_or("en").split('-').next() {
        Some("en") => EN,
        Some("de") => DE,
        Some("fr") => FR,
        Some("es") => ES,
        Some("it") => IT,
        Some("pt") => PT,
        Some("nl") => NL,
        _ => return 0.0,
    };
    let mut words = words
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| list.contains(word));
    match (words.next(), words.next()) {
        (Some(_), Some(_)) => EACH + EACH,
        (Some(_), None) => EACH,
        _ => 0.0,
    }
}
