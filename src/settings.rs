//! The table that `earshot config show` prints.

use std::fmt::Write as _;

/// A longer value stands out of its column instead of widening it for all.
const VALUE_MAX: usize = 40;
/// What the process reads again while it runs: the file behind the key, not the key.
const LIVE: &str = "org_source";

/// Key, value, source and meaning.
pub type Row = (&'static str, String, &'static str, &'static str);

/// Aligned columns: key, value, source, whether a change takes a restart; with `long`, the meaning of
/// each key below it.
pub fn table(rows: &[Row], long: bool) -> Result<String, std::fmt::Error> {
    let shown: Vec<[&str; 4]> = rows
        .iter()
        .map(|(name, value, source, _)| {
            let value = if value.is_empty() { "-" } else { value };
            let applies = if *name == LIVE {
                "restart (content: live)"
            } else {
                "restart"
            };
            [*name, value, *source, applies]
        })
        .collect();
    let head = ["key", "value", "source", "a change takes"];
    let width = |column: usize| {
        let all = shown.iter().chain([&head]);
        let widths = all.map(|cells| cells[column].chars().count());
        widths
            .filter(|width| *width <= VALUE_MAX)
            .max()
            .unwrap_or(0)
    };
    let (key, value, source) = (width(0), width(1), width(2));
    let mut text = String::new();
    let docs = std::iter::once(None).chain(rows.iter().map(|(.., doc)| Some(*doc)));
    for (cells, doc) in std::iter::once(&head).chain(&shown).zip(docs) {
        let [a, b, c, d] = cells;
        writeln!(text, "{a:key$}  {b:value$}  {c:source$}  {d}")?;
        if let Some(doc) = doc.filter(|_| long) {
            writeln!(text, "    {doc}")?;
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        vec![
            (
                "kafka.brokers",
                "127.0.0.1:9092".to_owned(),
                "flag",
                "host:port list",
            ),
            (
                "org_source",
                format!("file:/{}", "d".repeat(50)),
                "environment",
                "the organisations",
            ),
            (
                "registry.url",
                String::new(),
                "default",
                "none: our own ids",
            ),
        ]
    }

    #[test]
    fn columns_are_aligned_and_a_long_value_widens_none() {
        let long = format!("file:/{}", "d".repeat(50));
        let expected = [
            "key            value           source       a change takes".to_owned(),
            "kafka.brokers  127.0.0.1:9092  flag         restart".to_owned(),
            format!("org_source     {long}  environment  restart (content: live)"),
            "registry.url   -               default      restart".to_owned(),
        ];
        let text = table(&rows(), false).unwrap();
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_long_table_says_what_each_key_means() {
        let text = table(&rows(), true).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 7);
        assert_eq!(lines[2], "    host:port list");
        assert_eq!(lines[6], "    none: our own ids");
    }
}
