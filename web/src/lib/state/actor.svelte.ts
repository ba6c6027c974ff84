// Who did something, as rows name them (`user:<id>`, `key:<name>`, `rule:<name>`), in a person's words.
import { session } from './session.svelte';
import { shared } from './shared.svelte';

export function actorName(by: string | null | undefined): string {
  if (!by) return '';
  const [, kind, rest] = /^(user|key|rule|system):(.+)$/.exec(by) ?? [];
  if (kind !== 'user' || !rest) return rest ?? by;
  const me = session.data?.user;
  if (me?.user_id === rest) return me.name;
  return shared.colleagues.find((c) => c.user_id === rest)?.name ?? rest;
}
