// Why a row ranks where it does: of its active items the one that ranks highest says so.
import { api, ok } from '$lib/api/client';
import type { Item, Priority } from '$lib/api/types';
import { list } from '$lib/state/list.svelte';
import { open } from '$lib/state/open.svelte';
import { newest } from '$lib/state/window';

const ASKED_MAX = 10;

export async function why(thread: string): Promise<Priority> {
  const ids = (await items(thread))
    .filter((i) => i.own && i.direction === 'inbound' && i.status !== 'closed')
    .map((i) => i.item_id)
    .slice(-ASKED_MAX);
  if (!ids.length) ids.push(await last(thread));
  const all = await Promise.all(ids.map(of));
  return all.reduce((high, one) => (one.score > high.score ? one : high));
}

/** What is there of the row. A private one that is not open stays unread: that is on record. */
async function items(thread: string): Promise<Item[]> {
  if (thread === open.id) return open.items;
  const row = list.find(thread);
  return row && row.count > 1 && row.kind === 'feeds' ? (await newest(thread)).items : [];
}

async function last(thread: string): Promise<string> {
  const row = list.find(thread);
  if (row) return row.item_id;
  return (await ok(api.GET('/api/v1/threads/{id}', { params: { path: { id: thread } } }))).newest ?? '';
}

const of = (id: string) => ok(api.GET('/api/v1/items/{id}/priority', { params: { path: { id } } }));
