// How a fresh page of the list meets the one on screen. Pure.
import type { ThreadHead, ThreadRow } from '$lib/api/types';

export type Row = ThreadRow & {
  /** Left the filter while it was open or under the hand: stays in its place, marked. */
  left?: string;
};

/** What a person would notice: presence and the like change in place, without a word. */
export function differs(a: ThreadRow, b: ThreadRow): boolean {
  return (
    a.count !== b.count ||
    a.item_id !== b.item_id ||
    a.status !== b.status ||
    a.text !== b.text ||
    a.case_nos.length !== b.case_nos.length
  );
}

export function compare(shown: readonly Row[], fresh: readonly ThreadRow[]) {
  const known = new Map(shown.map((r) => [r.id, r]));
  let added = 0;
  let changed = 0;
  for (const row of fresh) {
    const before = known.get(row.id);
    if (!before) added += 1;
    else if (before.left === undefined && differs(before, row)) changed += 1;
  }
  return { added, changed };
}

/** The fresh first part, then what was loaded beyond it. `keep` stays in its place though it is gone. */
export function join(
  shown: readonly Row[],
  fresh: readonly ThreadRow[],
  more: boolean,
  keep: string | null,
  word: string,
): Row[] {
  const ids = new Set(fresh.map((r) => r.id));
  const beyond = more ? shown.slice(fresh.length).filter((r) => !ids.has(r.id) && r.left === undefined) : [];
  const rows: Row[] = [...fresh, ...beyond];
  const at = shown.findIndex((r) => r.id === keep);
  if (at >= 0 && keep && !rows.some((r) => r.id === keep)) {
    const kept = shown[at]!;
    rows.splice(Math.min(at, rows.length), 0, { ...kept, left: kept.left ?? word });
  }
  return rows;
}

/** Only what may change under the hand: who looks, who writes, whose it is, how the person looks. */
export function touch(shown: readonly Row[], fresh: readonly ThreadRow[]): Row[] {
  const now = new Map(fresh.map((r) => [r.id, r]));
  return shown.map((r) => {
    const f = now.get(r.id);
    return f ? { ...r, person: f.person, draft_by: f.draft_by, assignee: f.assignee, labels: f.labels } : r;
  });
}

/** The head of an open row after a change of its row. */
export function patched(head: ThreadHead, change: Partial<Row>): ThreadHead {
  const {
    assignee = head.assignee,
    snoozed_until = head.snoozed_until,
    labels = head.labels,
    hidden_by = head.hidden_by,
  } = change;
  return { ...head, assignee, snoozed_until, labels, hidden_by };
}
