// Which small chooser is open, and for which rows. One at a time; keys and buttons open the same one.
export type PickKind = 'assign' | 'snooze' | 'label' | 'why';

class Picker {
  kind = $state<PickKind | null>(null);
  ids = $state.raw<string[]>([]);
  /** Beside what it is drawn: the head of the conversation, or the head of the list. */
  at = $state<'thread' | 'list'>('list');

  open(kind: PickKind, ids: string[], at: 'thread' | 'list') {
    if (!ids.length) return;
    this.kind = kind;
    this.ids = ids;
    this.at = at;
  }

  close() {
    this.kind = null;
  }
}

export const picker = new Picker();
