// The three things that a composer sends. The key makes a second try the same act.
import { api, key, ok } from '$lib/api/client';
import type { Reply } from '$lib/api/types';

export interface Outgoing {
  text: string;
  done: boolean;
  media_id: string | null;
  alt: string;
  excluded: string[];
  /** Version of the conversation that the writer has seen. */
  version: number;
  /** What came since was shown; it goes all the same. */
  anyway: boolean;
}

export const saveNote = (thread: string, text: string, k: string) =>
  ok(
    api.POST('/api/v1/threads/{id}/notes', {
      params: { path: { id: thread }, header: key(k) },
      body: { body: text.trim() },
    }),
  );

export const sendPrivate = (thread: string, out: Outgoing, k: string): Promise<Reply> =>
  ok(
    api.POST('/api/v1/threads/{id}/messages', {
      params: { path: { id: thread }, header: header(out, k) },
      body: body(out),
    }),
  );

export const sendPublic = (item: string, out: Outgoing, k: string): Promise<Reply> =>
  ok(
    api.POST('/api/v1/items/{id}/replies', {
      params: { path: { id: item }, header: header(out, k) },
      body: { ...body(out), exclude: out.excluded },
    }),
  );

/** A reply that did not go, replaced by one that was sent in its place. */
export const discard = (reply: string) =>
  void api
    .DELETE('/api/v1/replies/{id}', { params: { path: { id: reply }, header: key() } })
    .catch(() => undefined);

const header = (out: Outgoing, k: string) => ({
  ...key(k),
  'If-Match': `"v${out.version}"`,
  ...(out.anyway ? { 'X-Send-Anyway': true } : {}),
});

const body = ({ text, done, media_id, alt }: Outgoing) => ({
  text: text.trim(),
  done,
  ...(media_id ? { media_id, alt_text: alt || null } : {}),
});
