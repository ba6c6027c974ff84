// The view of what X did not take or may have taken: rows made of the replies that wait for a person.
import { api, ok } from '$lib/api/client';
import type { Reply, ThreadRow } from '$lib/api/types';

const REPLIES_MAX = 200;
const ROWS_MAX = 50;

/** Replies that failed or of which nobody knows. */
export async function waiting(): Promise<Reply[]> {
  const query = { state: 'failed,unknown', limit: REPLIES_MAX };
  return (await ok(api.GET('/api/v1/replies', { params: { query } }))).items;
}

export async function notSent(): Promise<{ items: ThreadRow[]; next?: null }> {
  const threads = Map.groupBy(await waiting(), (reply) => reply.thread ?? '');
  threads.delete('');
  const rows = [...threads].slice(0, ROWS_MAX).map(([id, replies]) => row(id, replies).catch(() => null));
  return { items: (await Promise.all(rows)).filter((r) => r !== null) };
}

async function row(id: string, replies: Reply[]): Promise<ThreadRow> {
  const head = await ok(api.GET('/api/v1/threads/{id}', { params: { path: { id } } }));
  const newest = replies[0]!;
  return {
    ...head,
    count: replies.length,
    item_id: newest.item_id,
    waiting_since: replies.at(-1)!.created_at,
    newest_at: newest.created_at,
    text: newest.text,
    text_state: newest.text ? 'shown' : 'withheld',
    status: head.open ? 'open' : head.draft ? 'draft' : 'closed',
    case_nos: head.cases.map((c) => c.case_no),
    active_again: false,
  };
}
