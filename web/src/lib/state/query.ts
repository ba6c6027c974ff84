// The address of a list: what the URL says, what the API is asked, and back. Pure.
import type { ListQuery } from '$lib/api/types';
import type { Sort } from './settings';

export type View =
  'all' | 'mine' | 'unassigned' | 'follow-up' | 'case-closed' | 'snoozed' | 'not-sent' | 'hidden';
export type Query = {
  tab: 'active' | 'done';
  kind: 'all' | 'feeds' | 'messages';
  view: View;
  sort?: Sort;
  q: string;
  person: string;
  posted_on: string;
  closed_on: string;
  label: string;
  language: string;
  /** Id of a user, or `none`. */
  assignee: string;
  /** One of our accounts. */
  handle: string;
  /** `true` for rows with a picture. */
  has_image: string;
};

export const VIEWS: View[] = [
  'all',
  'mine',
  'unassigned',
  'follow-up',
  'case-closed',
  'snoozed',
  'not-sent',
  'hidden',
];
const SORTS: Sort[] = ['priority', 'waiting', 'newest'];
const FILTERS = ['label', 'language', 'assignee', 'handle', 'has_image'] as const;
const TEXTS = ['q', 'person', 'posted_on', 'closed_on', ...FILTERS] as const;
export type FilterName = (typeof FILTERS)[number];

export const plain: Query = {
  tab: 'active',
  kind: 'all',
  view: 'all',
  q: '',
  person: '',
  posted_on: '',
  closed_on: '',
  label: '',
  language: '',
  assignee: '',
  handle: '',
  has_image: '',
};

const among = <T extends string>(value: string | null, allowed: readonly T[], fallback: T): T =>
  allowed.find((x) => x === value) ?? fallback;

export function parse(params: URLSearchParams): Query {
  const query: Query = {
    ...plain,
    tab: among(params.get('tab'), ['active', 'done'], 'active'),
    kind: among(params.get('kind'), ['all', 'feeds', 'messages'], 'all'),
    view: among(params.get('view'), VIEWS, 'all'),
  };
  const sort = SORTS.find((s) => s === params.get('sort'));
  if (sort) query.sort = sort;
  for (const name of TEXTS) query[name] = params.get(name) ?? '';
  return query;
}

/** What differs from the plain list, in a fixed order: equal lists have equal addresses. */
export function search(query: Query): string {
  const params = new URLSearchParams();
  if (query.tab !== 'active') params.set('tab', query.tab);
  if (query.kind !== 'all') params.set('kind', query.kind);
  if (query.view !== 'all') params.set('view', query.view);
  if (query.sort) params.set('sort', query.sort);
  for (const name of TEXTS) if (query[name]) params.set(name, query[name]);
  const text = params.toString();
  return text ? `?${text}` : '';
}

export function href(query: Query, thread?: string | null): string {
  return (thread ? `/t/${thread}` : '/') + search(query);
}

/** Lists of a day have no tab: they hold what was posted or closed then. */
export const ofDay = (query: Query) => Boolean(query.posted_on || query.closed_on);

export function toApi(query: Query, sort: Sort, tz: string): ListQuery {
  const asked: ListQuery = {};
  if (query.posted_on) asked.posted_on = query.posted_on;
  else if (query.closed_on) asked.closed_on = query.closed_on;
  else asked.tab = query.tab;
  if (ofDay(query)) asked.tz = tz;
  else if (query.tab === 'active') asked.sort = query.sort ?? sort;
  if (query.kind !== 'all') asked.kind = query.kind;
  if (query.view !== 'all') asked.view = query.view;
  if (query.q) asked.q = query.q;
  if (query.person) asked.person = query.person;
  if (query.label) asked.label = query.label;
  if (query.language) asked.language = query.language;
  if (query.assignee) asked.assignee = query.assignee;
  if (query.handle) asked.handle = query.handle;
  if (query.has_image) asked.has_image = true;
  return asked;
}

export const filtered = (query: Query) => FILTERS.some((name) => query[name]);

/** The query that a tile names, `closed_on=2026-11-27&tz=UTC`, as one of ours. */
export const ofTile = (list: string): Query => parse(new URLSearchParams(list));
