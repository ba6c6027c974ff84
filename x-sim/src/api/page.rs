//! Pages of a list that is newest first.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{call::Query, errors::ApiError};
use crate::XId;

/// A page begins below this id.
pub(crate) fn token(query: &Query, names: &[&str]) -> Result<Option<XId>, ApiError> {
    let Some((name, text)) = names
        .iter()
        .find_map(|name| Some((*name, query.get(name)?)))
    else {
        return Ok(None);
    };
    let plain = URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|plain| String::from_utf8(plain).ok());
    let id = plain.and_then(|plain| plain.strip_prefix("below:")?.parse().ok());
    id.map(Some).ok_or_else(|| {
        let message = format!("The `{name}` query parameter value [{text}] is not valid");
        ApiError::invalid(name, text, message)
    })
}

fn written(id: XId) -> String {
    URL_SAFE_NO_PAD.encode(format!("below:{id}"))
}

/// Cuts one page out of ids that are newest first, and gives its `meta`. Only a list of posts
/// names its newest and oldest.
pub(crate) fn cut<T>(
    all: Vec<T>,
    id: impl Fn(&T) -> XId,
    size: usize,
    bounds: bool,
) -> (Vec<T>, Value) {
    let more = all.len() > size;
    let page: Vec<T> = all.into_iter().take(size).collect();
    let mut meta = json!({"result_count": page.len()});
    if let Some(map) = meta.as_object_mut() {
        if let (true, Some(first), Some(last)) = (bounds, page.first(), page.last()) {
            map.insert("newest_id".to_owned(), id(first).to_string().into());
            map.insert("oldest_id".to_owned(), id(last).to_string().into());
        }
        if let (true, Some(last)) = (more, page.last()) {
            map.insert("next_token".to_owned(), written(id(last)).into());
        }
    }
    (page, meta)
}
