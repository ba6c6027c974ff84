//! The committed OpenAPI document is the one that the code makes. `UPDATE=1` rewrites it.

#[test]
fn the_committed_document_is_the_one_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/openapi.json");
    let made = api::openapi::json();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        made == committed,
        "schemas/openapi.json is not what the code makes: run UPDATE=1 cargo test -p api --test contract"
    );
}
