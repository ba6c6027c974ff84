// Decisions about a new case. Pure.
import type { Reply } from '$lib/api/types';

const NOT_A_RESPONSE = ['failed', 'cancelled'];

/** The response that a case without follow-up closes with: the newest to this item, else the newest of the row. */
export function responseOf(replies: Reply[], itemId: string | undefined): Reply | null {
  const written = replies
    .filter((r) => ['public', 'message'].includes(r.kind) && !NOT_A_RESPONSE.includes(r.state))
    .toSorted((a, b) => b.created_at.localeCompare(a.created_at));
  return written.find((r) => r.item_id === itemId) ?? written[0] ?? null;
}

/** Whether the response that an open case waits for will not come. */
export function responseFailed(replies: Reply[], itemId: string | null | undefined): boolean {
  const last = replies
    .filter((r) => r.item_id === itemId && ['public', 'message'].includes(r.kind))
    .toSorted((a, b) => b.created_at.localeCompare(a.created_at))[0];
  return last !== undefined && NOT_A_RESPONSE.includes(last.state);
}

/** What a score of the list suggests; the default stays Medium. */
export function suggestedPriority(score: number): 'low' | 'medium' | 'high' | 'urgent' {
  if (score >= 80) return 'urgent';
  if (score >= 60) return 'high';
  return score >= 25 ? 'medium' : 'low';
}
