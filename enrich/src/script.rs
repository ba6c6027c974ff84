//! Which writing a text is in: enough to tell some languages at once, and to know where a
//! language model has no say.

/// Letters of a text by writing.
#[derive(Debug, Default, Clone, Copy)]
pub struct Letters {
    pub latin: usize,
    pub han: usize,
    pub kana: usize,
    pub hangul: usize,
    pub cyrillic: usize,
    pub arabic: usize,
    pub devanagari: usize,
    pub thai: usize,
    pub hebrew: usize,
    pub greek: usize,
    pub other: usize,
}

impl Letters {
    /// Counts them.
    pub fn of(text: &str) -> Self {
        let mut letters = Self::default();
        for character in text.chars() {
            if character.is_ascii() {
                letters.latin += usize::from(character.is_ascii_alphabetic());
            } else {
                letters.add(character);
            }
        }
        letters
    }

    fn add(&mut self, character: char) {
        let count = match u32::from(character) {
            0xC0..=0x24F | 0x1E00..=0x1EFF => &mut self.latin,
            0x370..=0x3FF => &mut self.greek,
            0x400..=0x52F => &mut self.cyrillic,
            0x590..=0x5FF => &mut self.hebrew,
            0x600..=0x6FF | 0x750..=0x77F | 0xFB50..=0xFDFF | 0xFE70..=0xFEFE => &mut self.arabic,
            0x900..=0x97F => &mut self.devanagari,
            0xE00..=0xE7F => &mut self.thai,
            0x1100..=0x11FF | 0xAC00..=0xD7A3 => &mut self.hangul,
            0x3041..=0x30FF | 0xFF66..=0xFF9D => &mut self.kana,
            0x3400..=0x4DBF | 0x4E00..=0x9FFF => &mut self.han,
            _ => &mut self.other,
        };
        *count += usize::from(character.is_alphabetic());
    }

    /// All of them.
    pub const fn total(&self) -> usize {
        self.latin
            + self.han
            + self.kana
            + self.hangul
            + self.cyrillic
            + self.arabic
            + self.devanagari
            + self.thai
            + self.hebrew
            + self.greek
            + self.other
    }
}
