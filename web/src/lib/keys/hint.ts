// What is said of keys: single ones only where they are switched on.
import type { Action } from '$lib/state/actions.svelte';
import { session } from '$lib/state/session.svelte';

/** Name of an act with its single key behind it. */
export const withKey = (name: string, key: string) => (session.settings.keys ? `${name} (${key})` : name);

/** For `aria-keyshortcuts`. */
export const shortcut = (key: string) => (session.settings.keys ? key : undefined);

/** Keys that do an act now. */
export const keysOf = ({ key, fieldKey, composerKey }: Action): string[] =>
  [session.settings.keys ? key : undefined, fieldKey, composerKey].filter((k) => k !== undefined);
