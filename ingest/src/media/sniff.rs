//! What bytes are, by what they begin with: what a server says is not believed. Pure.

/// The type of a picture that a browser may be given; nothing for anything else.
pub fn image(bytes: &[u8]) -> Option<&'static str> {
    let riff = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        _ if riff => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_and_nothing_else() {
        assert_eq!(image(b"\xff\xd8\xff\xe0rest"), Some("image/jpeg"));
        assert_eq!(image(b"\x89PNG\r\n\x1a\nrest"), Some("image/png"));
        assert_eq!(image(b"GIF89a"), Some("image/gif"));
        assert_eq!(image(b"RIFF....WEBPVP8 "), Some("image/webp"));
        for other in [
            &b""[..],
            b"<svg xmlns=",
            b"<html>",
            b"GIF80a",
            b"RIFF....WAVE",
            b"%PDF-",
        ] {
            assert_eq!(image(other), None);
        }
    }
}
