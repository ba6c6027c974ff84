// "Shift+E" is one chord of two caps, "g a" are two chords of one. Pure.
const NAMES: Record<string, string> = {
  escape: 'Esc',
  enter: 'Enter',
  arrowup: '↑',
  arrowdown: '↓',
  ' ': 'Space',
};

export function caps(key: string, mac: boolean): string[][] {
  return key.split(' ').map((chord) => {
    const parts = chord === '+' ? ['+'] : chord.split('+');
    return parts.map((part) => {
      if (part.toLowerCase() === 'mod') return mac ? '⌘' : 'Ctrl';
      if (part.length === 1) return parts.length > 1 ? part.toUpperCase() : part;
      return NAMES[part.toLowerCase()] ?? part[0]!.toUpperCase() + part.slice(1);
    });
  });
}
