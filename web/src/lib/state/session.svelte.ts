// Who is signed in and what they chose. `expired` keeps the page: the sign-in lies over it, drafts stay.
import { api, ok, setCsrf, whenSignedOut } from '$lib/api/client';
import { ApiError, inWords } from '$lib/api/problem';
import type { Session as Data } from '$lib/api/types';
import { words } from '$lib/words';
import { notices } from './notices.svelte';
import { defaults, read, type Settings } from './settings';

class Session {
  data = $state.raw<Data | null>(null);
  state = $state<'loading' | 'in' | 'out' | 'expired' | 'broken'>('loading');
  trouble = $state('');
  settings = $derived<Settings>(this.data ? read(this.data.user.settings) : defaults);
  zone = $derived(this.data?.user.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  role = $derived(this.data?.user.role ?? 'viewer');
  messages = $derived(this.data?.user.messages ?? false);
  can = $derived({
    work: ['csr', 'lead', 'admin'].includes(this.role),
    lead: ['lead', 'admin'].includes(this.role),
    admin: this.role === 'admin',
    channels: ['ops', 'admin', 'lead'].includes(this.role),
  });

  async load() {
    try {
      this.enter(await ok(api.GET('/api/v1/session')));
    } catch (cause) {
      if (cause instanceof ApiError && cause.status === 401) this.state = 'out';
      else {
        this.state = 'broken';
        this.trouble = inWords(cause);
      }
    }
  }

  async signIn(email: string, password: string) {
    this.enter(await ok(api.POST('/api/v1/session', { body: { email, password } })));
  }

  enter(data: Data) {
    setCsrf(data.csrf);
    this.data = data;
    this.state = 'in';
  }

  /** Loads the page anew: what this user saw and typed must not be there for the next. Nobody is told that they are out
   * while they are not. */
  async signOut() {
    try {
      await ok(api.DELETE('/api/v1/session'));
    } catch (cause) {
      if (!(cause instanceof ApiError && cause.status === 401)) {
        const again = { label: words.error.retry, run: () => void this.signOut() };
        return notices.fail(words.menu.notOut(inWords(cause)), again);
      }
    }
    sessionStorage.clear();
    location.assign('/sign-in');
  }

  /** In force at once; the server keeps it. A failure is not worth a word: the choice holds for this visit. */
  async choose(change: Partial<Settings>) {
    if (!this.data) return;
    const settings = { ...this.data.user.settings, ...change };
    this.data = { ...this.data, user: { ...this.data.user, settings } };
    await api.PATCH('/api/v1/me', { body: { settings } }).catch(() => undefined);
  }
}

export const session = new Session();

whenSignedOut(() => {
  if (session.state === 'in') session.state = 'expired';
});
