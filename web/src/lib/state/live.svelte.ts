// What changes at the server, as events of ids and versions. One stream for all tabs of a browser: the tab that
// holds the lock listens and passes on. Who shows a thing fetches it.
import { api } from '$lib/api/client';
import type { components } from '$lib/api/schema';
import { present } from './present.svelte';

type S = components['schemas'];
export type LiveEvents = {
  thread: S['ThreadEvent'];
  tiles: S['EmptyEvent'];
  reply: S['ReplyEvent'];
  presence: S['PresenceEvent'];
  person: S['PersonEvent'];
  case: S['CaseEvent'];
  channel: S['ChannelEvent'];
  view: S['ViewEvent'];
  reset: S['EmptyEvent'];
};
type Kind = keyof LiveEvents;
type Passed = { kind: Kind; data: unknown } | { state: Live['state'] } | { ask: 'presence' };

const KINDS: Kind[] = ['thread', 'tiles', 'reply', 'presence', 'person', 'case', 'channel', 'view', 'reset'];
const BACKOFF_MS = [1_000, 2_000, 5_000, 10_000, 30_000];
const SLEPT_MS = 60_000;
const PULSE_MS = 5_000;

export class Live {
  state = $state<'live' | 'catching-up' | 'offline'>('catching-up');
  since = $state(Date.now());
  #heard = new Map<Kind, Set<(data: never) => void>>();
  #channel: BroadcastChannel | null = null;
  #source: EventSource | null = null;
  #last = '';
  #tries = 0;
  /** Errors since the stream was open; the browser itself tries again after most of them. */
  #errors = 0;
  #timers: ReturnType<typeof setTimeout>[] = [];
  #release: (() => void) | null = null;
  #stopped = false;

  /** Listens until the returned function is called: `$effect(() => live.on('tiles', refetch))`. */
  on<K extends Kind>(kind: K, hear: (data: LiveEvents[K]) => void): () => void {
    const set = this.#heard.get(kind) ?? new Set();
    set.add(hear as (data: never) => void);
    this.#heard.set(kind, set);
    return () => set.delete(hear as (data: never) => void);
  }

  start(): () => void {
    this.#stopped = false;
    this.#channel = new BroadcastChannel('earshot-live');
    this.#channel.onmessage = (e: MessageEvent<Passed>) => this.#passed(e.data);
    this.#channel.postMessage({ ask: 'presence' } satisfies Passed);
    const lead = () =>
      new Promise<void>((release) => {
        this.#release = release;
        if (this.#stopped) release();
        else this.#open();
      });
    // Pages that are not https have no locks: each tab listens for itself.
    if (navigator.locks) void navigator.locks.request('earshot-live', lead);
    else void lead();
    this.#watchSleep();
    return () => this.#stop();
  }

  #stop() {
    this.#stopped = true;
    this.#source?.close();
    this.#channel?.close();
    this.#release?.();
    this.#timers.forEach(clearTimeout);
  }

  #open() {
    const after = this.#last ? `?after=${encodeURIComponent(this.#last)}` : '';
    const source = new EventSource(`/api/v1/events${after}`);
    this.#source = source;
    source.onopen = () => {
      this.#tries = 0;
      this.#errors = 0;
      this.#become('live');
      // A stream that begins anew says nothing of what was before it.
      if (!this.#last) this.#pass('reset', {});
    };
    source.onerror = () => {
      this.#become(this.#errors++ === 0 ? 'catching-up' : 'offline');
      if (source.readyState !== EventSource.CLOSED) return;
      source.close();
      const wait = BACKOFF_MS[Math.min(this.#tries++, BACKOFF_MS.length - 1)]!;
      // A stream that was refused may mean that the session ended: any other call tells.
      void api.GET('/api/v1/tiles', { params: {} }).catch(() => undefined);
      this.#timers.push(setTimeout(() => !this.#stopped && this.#open(), wait));
    };
    for (const kind of KINDS) {
      source.addEventListener(kind, (e) => {
        if (e.lastEventId) this.#last = e.lastEventId;
        const data: unknown = JSON.parse(e.data || '{}');
        this.#pass(kind, data);
      });
    }
  }

  #passed(message: Passed) {
    if ('kind' in message) this.#hear(message.kind, message.data);
    else if ('state' in message) this.#become(message.state, false);
    else if (this.#source) this.#answer();
  }

  // A tab that began later is told who is where, and how the stream stands.
  #answer() {
    this.#channel?.postMessage({ state: this.state } satisfies Passed);
    for (const [thread, who] of present.all()) {
      this.#channel?.postMessage({
        kind: 'presence',
        data: { thread, who: $state.snapshot(who) },
      } satisfies Passed);
    }
  }

  #pass(kind: Kind, data: unknown) {
    this.#hear(kind, data);
    this.#channel?.postMessage({ kind, data } satisfies Passed);
  }

  #become(state: Live['state'], tell = true) {
    // Offline is said since the contact was lost, not since it was given up.
    const lost = state === 'offline' && this.state === 'catching-up';
    if (state !== this.state && !lost) this.since = Date.now();
    this.state = state;
    if (tell) this.#channel?.postMessage({ state } satisfies Passed);
  }

  #hear(kind: Kind, data: unknown) {
    this.#heard.get(kind)?.forEach((hear) => hear(data as never));
  }

  // A machine that slept missed what the stream said: all that is shown is fetched again.
  #watchSleep() {
    let before = Date.now();
    const pulse = setInterval(() => {
      if (Date.now() - before > SLEPT_MS) this.#hear('reset', {});
      before = Date.now();
    }, PULSE_MS);
    this.#timers.push(pulse as unknown as ReturnType<typeof setTimeout>);
  }
}

export const live = new Live();
