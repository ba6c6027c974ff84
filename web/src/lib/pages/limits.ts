// How one of X's limits stands.
import type { Channel } from '$lib/api/types';

/** Below this share of a window a limit is worth a look. */
const LITTLE = 0.1;

export function limitHealth({
  remaining,
  limit,
}: Pick<Channel['limits'][number], 'remaining' | 'limit'>): string {
  if (remaining === 0) return 'fail';
  return limit && remaining / limit < LITTLE ? 'warn' : 'ok';
}
