//! Where X reaches us: `http.base_url`. X asks for https without a port; a stand-in for X on this
//! machine may deliver to plain addresses of this machine.

/// `http.base_url` as it can be used, without a slash at the end.
pub fn base(base_url: &str, x_base_url: &str) -> Result<String, String> {
    let parse = |text: &str| reqwest::Url::parse(text).map_err(|_| format!("`{text}` is no URL"));
    let url = parse(base_url)?;
    let fine = url.scheme() == "https" && url.port().is_none();
    let local = is_loopback(&parse(x_base_url)?) && is_loopback(&url);
    let bare = url.path() == "/" && url.query().is_none() && url.username().is_empty();
    if (fine || local) && bare {
        return Ok(base_url.trim_end_matches('/').to_owned());
    }
    Err(format!(
        "`{base_url}`: expected https://<name> without port or path"
    ))
}

/// Whether a URL leads to this machine.
pub fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_x_can_reach_is_registered() {
        let x = "https://api.x.com";
        assert_eq!(
            base("https://care.example/", x).as_deref(),
            Ok("https://care.example")
        );
        for bad in [
            "http://care.example",
            "https://care.example:8443",
            "https://care.example/path",
            "http://127.0.0.1:80",
            "care.example",
        ] {
            assert!(base(bad, x).is_err(), "{bad}");
        }
        let sim = "http://127.0.0.1:9";
        assert_eq!(
            base("http://127.0.0.1:8080", sim).as_deref(),
            Ok("http://127.0.0.1:8080")
        );
        assert!(base("http://care.example", sim).is_err());
    }
}
