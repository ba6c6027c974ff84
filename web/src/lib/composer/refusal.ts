// Why what is written cannot be sent now; nothing if it can.
import type { Composer } from '$lib/state/composer.svelte';
import { session } from '$lib/state/session.svelte';
import { words } from '$lib/words';

export function refusal(c: Composer): string | undefined {
  const w = words.composer;
  if (!session.can.work) return w.viewer;
  if (c.kind === 'private' && !session.messages) return w.noMessages;
  if (!c.target) return w.noPublicTarget;
  if (!c.text.trim() && !(c.upload.id && c.kind !== 'note')) return w.empty;
  if (c.kind === 'note') return undefined;
  if (c.upload.missing) return c.upload.busy ? w.uploading : w.notUploaded;
  if (c.way && !c.way.allowed) return w.why[c.way.why] ?? c.way.why;
  return c.used > c.max ? w.tooLong : undefined;
}
