// What must be true before the first message can arrive. Pure.
import type { Channels } from '$lib/api/types';

export type StepId = 'account' | 'token' | 'way' | 'event';

export function firstSteps(data: Channels | null): { id: StepId; done: boolean }[] {
  const accounts = data?.accounts ?? [];
  const works = accounts.filter((a) => a.checks.every((c) => c.check !== 'token' || c.state !== 'fail'));
  const ways = accounts.some(
    ({ modes: m, webhook }) => m.stream || m.poll_s > 0 || (m.webhook && webhook?.valid),
  );
  return [
    { id: 'account', done: accounts.length > 0 },
    { id: 'token', done: works.some((a) => a.checked_at || a.token_since || a.last_event_at) },
    { id: 'way', done: ways },
    { id: 'event', done: accounts.some((a) => a.last_event_at) },
  ];
}
