// The address of a list: what the URL says, what the API is asked, and back. Pure.
import type { ListFilter, ListQuery } from '$lib/api/types';
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

/** What of a list a saved view keeps: all that narrows it but a tab, a day or a person. */
export function toFilter(query: Query): ListFilter {
  const kept: ListFilter = {};
  if (query.kind !== 'all') kept.kind = query.kind;
  if (query.view !== 'all') kept.view = query.view;
  if (query.sort) kept.sort = query.sort;
  if (query.q) kept.q = query.q;
  if (query.label) kept.label = query.label;
  if (query.language) kept.language = query.language;
  if (query.assignee) kept.assignee = query.assignee;
  if (query.handle) kept.handle = query.handle;
  if (query.has_image) kept.has_image = true;
  return kept;
}

/** The list of a saved view. */
export const ofFilter = (filter: ListFilter): Query =>
  parse(new URLSearchParams(Object.entries(filter).map(([name, value]) => [name, String(value)])));

export function toApi(query: Query, sort: Sort, tz: string): ListQuery {
  const { sort: named, ...filter } = toFilter(query);
  const asked: ListQuery = filter;
  if (query.posted_on) asked.posted_on = query.posted_on;
  else if (query.closed_on) asked.closed_on = query.closed_on;
  else asked.tab = query.tab;
  if (ofDay(query)) asked.tz = tz;
  else if (query.tab === 'active') asked.sort = named ?? sort;
  if (query.person) asked.person = query.person;
  return asked;
}

/** Whether both have the same rows, in whatever order. */
export const sameRows = (one: Query, other: Query) =>
  search({ ...one, sort: undefined }) === search({ ...other, sort: undefined });

export const filtered = (query: Query) => FILTERS.some((name) => query[name]);

/** Whether a team could want it as a view: a filtered list of what is active, nobody's alone. */
export const worthSaving = (query: Query) =>
  (filtered(query) || Boolean(query.q)) && query.tab === 'active' && !ofDay(query) && !query.person;

/** The query that a tile names, `closed_on=2026-11-27&tz=UTC`, as one of ours. */
export const ofTile = (list: string): Query => parse(new URLSearchParams(list));
