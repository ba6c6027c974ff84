// What one configuration says otherwise than the one before it. Pure.
import type { ConfigVersion } from '$lib/api/types';

type Change = { name: string; from: string; to: string };

function* leaves(value: unknown, name: string): Generator<[string, string]> {
  if (value === null || typeof value !== 'object') yield [name, value === null ? '' : String(value)];
  else for (const [key, inner] of Object.entries(value)) yield* leaves(inner, name ? `${name}.${key}` : key);
}

/** Settings that differ, by the names of the file; empty stands for what is not set. */
export function changes(before: unknown, after: unknown): Change[] {
  const [old, now] = [new Map(leaves(before, '')), new Map(leaves(after, ''))];
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((name) => ({ name, from: old.get(name) ?? '', to: now.get(name) ?? '' }))
    .filter(({ from, to }) => from !== to);
}

/** The accepted version before this one, of those that are loaded, newest first. */
export const before = (all: ConfigVersion[], at: number): ConfigVersion | undefined =>
  all.slice(at + 1).find((one) => one.accepted);

/** The one in force: the newest that was accepted. */
export const inForce = (all: ConfigVersion[]): ConfigVersion | undefined => all.find((one) => one.accepted);
