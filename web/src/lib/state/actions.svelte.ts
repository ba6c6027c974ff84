// Every act of the desk by name. Keyboard, palette and the sheet of keys read this one list, so that they
// cannot disagree. A component registers its acts while it is on the page.
import { untrack } from 'svelte';

export type Action = {
  id: string;
  /** As the palette shows it: "Create case". */
  name: string;
  /** Bare key outside fields: "e", "Shift+E", "g a", ".". */
  key?: string;
  /** Also inside fields, with Ctrl or Cmd: "mod+k". */
  fieldKey?: string;
  /** In the composer's field, which listens for it itself: "mod+enter", ";". */
  composerKey?: string;
  group: 'list' | 'thread' | 'composer' | 'panel' | 'go' | 'window';
  /** Why it cannot be done now; nothing if it can. */
  why?: () => string | undefined;
  run: () => void;
};

class Actions {
  all = $state.raw<readonly Action[]>([]);

  /** Returns what takes them away again: `$effect(() => actions.register([...]))`. */
  register(more: Action[]): () => void {
    const rest = untrack(() => this.all).filter((a) => !more.some((m) => m.id === a.id));
    this.all = [...rest, ...more];
    return () => {
      this.all = untrack(() => this.all).filter((a) => !more.includes(a));
    };
  }

  find(id: string): Action | undefined {
    return this.all.find((a) => a.id === id);
  }

  /** Does it if it can be done; says whether. */
  run(id: string): boolean {
    const action = this.find(id);
    if (!action || action.why?.()) return false;
    action.run();
    return true;
  }
}

export const actions = new Actions();
