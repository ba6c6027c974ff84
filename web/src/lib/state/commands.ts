// Commands on rows as the API has them. The header carries the key: the same key is the same command.
import { api, ok } from '$lib/api/client';
import type { components } from '$lib/api/schema';
import type { Header } from './act.svelte';

type Many = components['schemas']['BulkBody'];
const of = (id: string, header: Header) => ({ params: { path: { id }, header } });

export const done = (id: string, through: string) => (header: Header) =>
  ok(api.POST('/api/v1/threads/{id}/done', { ...of(id, header), body: { through } }));

/** All that is closed in the row, or these items. */
export const reopen = (id: string, items?: string[]) => (header: Header) =>
  ok(api.POST('/api/v1/threads/{id}/reopen', { ...of(id, header), body: items ? { items } : {} }));

export const assign = (id: string, user_id: string | null) => (header: Header) =>
  ok(api.POST('/api/v1/threads/{id}/assign', { ...of(id, header), body: { user_id } }));

export const snooze = (id: string, until: string | null) => (header: Header) =>
  ok(api.POST('/api/v1/threads/{id}/snooze', { ...of(id, header), body: { until } }));

export const label = (id: string, labels: string[]) => (header: Header) =>
  ok(api.PUT('/api/v1/threads/{id}/labels', { ...of(id, header), body: { labels } }));

export const hide = (id: string, hidden: boolean) => (header: Header) =>
  ok(api.POST('/api/v1/threads/{id}/hide', { ...of(id, header), body: { hidden } }));

export const many =
  (body: Many, dry_run = false) =>
  (header: Header) =>
    ok(api.POST('/api/v1/threads/bulk', { params: { header, query: { dry_run } }, body }));
