// What is being written: to whom, what X allows, and what came meanwhile. One text per target, never carried
// from public to private or back.
import { newKey } from '$lib/api/client';
import { ApiError, inWords } from '$lib/api/problem';
import type { Reply } from '$lib/api/types';
import { refusal } from '$lib/composer/refusal';
import { tooAlike } from '$lib/composer/similar';
import { linksIn, weight } from '$lib/composer/weight';
import { words } from '$lib/words';
import { goOn } from './after-done';
import { begin, came, news, type Begun } from './begun';
import { desk } from './desk.svelte';
import { Drafts, empty, type Kept } from './drafts';
import { notices } from './notices.svelte';
import { open } from './open.svelte';
import { Options } from './options.svelte';
import { discard, saveNote, sendPrivate, sendPublic } from './send';
import { session } from './session.svelte';
import { Upload } from './upload.svelte';

const SENT_KEPT = 5;

export class Composer {
  mode = $state<'reply' | 'note'>('reply');
  text = $state('');
  excluded = $state.raw<string[]>([]);
  kept = $state<'' | 'saved' | 'failed'>('');
  busy = $state(false);
  trouble = $state('');
  /** What came since the typing began; sending goes on only once it was shown. */
  hold = $state.raw<string[] | null>(null);
  /** Counts up when the field should be entered. */
  wanted = $state(0);
  /** What X allows as an answer to the target. */
  readonly options = new Options();
  readonly upload = new Upload(() => this.changed());
  #drafts = new Drafts((state) => (this.kept = state));
  #aimed: string | null = null;
  #began: Begun | null = null;
  #sent: string[] = [];
  #key = newKey();
  #instead: string | null = null;

  kind = $derived<'note' | 'private' | 'public'>(
    this.mode === 'note' ? 'note' : open.private ? 'private' : 'public',
  );
  /** Where the draft belongs. */
  target = $derived.by(() => {
    if (!open.id || !open.head) return null;
    if (this.kind === 'note') return `note:${open.id}`;
    if (this.kind === 'private') return `thread:${open.id}`;
    return open.target ? `item:${open.target.item_id}` : null;
  });
  way = $derived(this.kind === 'private' ? this.options.data?.message : this.options.data?.public);
  max = $derived(this.options.max(this.kind === 'private'));
  used = $derived(this.kind === 'private' ? [...this.text].length : weight(this.text));
  links = $derived(linksIn(this.text).length);
  alike = $derived(this.kind !== 'note' && tooAlike(this.text, this.#sent));

  /** Why it cannot be sent now; nothing if it can. The field stays open whatever it says. */
  refusal = $derived(refusal(this));

  /** Turns to another target: what was written to the last one is kept there. */
  async aim(target: string | null) {
    if (target === this.#aimed) return;
    this.leave();
    this.#aimed = target;
    this.#take(empty);
    if (!target) return;
    const draft = await this.#drafts.get(target);
    if (this.#aimed === target) this.#take(draft);
  }

  /** A key was pressed, a picture or an addressee changed. */
  changed() {
    if (!this.#aimed) return;
    this.#began ??= begin(open);
    if (!this.text) this.#began = null;
    this.#key = newKey();
    this.trouble = '';
    this.kept = '';
    this.#drafts.put(this.#aimed, this.#draft());
  }

  /** The field was left: the draft is kept now. */
  leave() {
    if (this.#aimed) void this.#drafts.save(this.#aimed);
  }

  /** After a new sign-in. */
  saveAll() {
    this.#drafts.saveAll();
  }

  enter(mode: 'reply' | 'note') {
    this.mode = mode;
    this.wanted += 1;
  }

  insert(text: string) {
    this.text += (this.text && !/\s$/.test(this.text) ? ' ' : '') + text;
    this.changed();
    this.wanted += 1;
  }

  exclude(x_id: string) {
    this.excluded = this.excluded.includes(x_id)
      ? this.excluded.filter((x) => x !== x_id)
      : [...this.excluded, x_id];
    this.changed();
  }

  /** A reply that did not go comes back to be changed; sending the changed one discards it. */
  takeBack(reply: Reply) {
    this.mode = 'reply';
    if (reply.kind === 'public') open.setTarget(reply.item_id);
    this.#instead = reply.state === 'failed' ? reply.reply_id : null;
    const target = reply.kind === 'public' ? `item:${reply.item_id}` : `thread:${reply.thread}`;
    const draft = { text: reply.text ?? '', media_id: reply.media_id ?? null, exclude: [] };
    this.#drafts.put(target, draft);
    if (this.#aimed === target) this.#take(draft);
    this.wanted += 1;
  }

  async send(done = false) {
    if (this.busy || this.refusal) return;
    if (this.kind !== 'note' && !this.hold) {
      const fresh = came(this.#began, open);
      if (fresh.length) {
        this.hold = fresh;
        open.seeAll();
        return;
      }
    }
    this.busy = true;
    this.trouble = '';
    const target = this.#aimed!;
    const sent = this.text;
    try {
      if (this.kind === 'note') await this.#note();
      else await this.#reply(done);
      this.#take(empty);
      this.hold = null;
      void this.#drafts.drop(target);
      if (this.kind !== 'note') this.#sent = [sent, ...this.#sent].slice(0, SENT_KEPT);
      this.#key = newKey();
      if (done) goOn(open.id!);
    } catch (cause) {
      if (cause instanceof ApiError && cause.slug === 'thread-changed') {
        await open.reload();
        this.hold = news(cause.problem.news ?? []);
        open.seeAll();
      } else this.trouble = inWords(cause);
    } finally {
      this.busy = false;
      desk.acted();
    }
  }

  async #note() {
    await saveNote(open.id!, this.text, this.#key);
    notices.tell(words.composer.noted);
  }

  async #reply(done: boolean) {
    const out = {
      text: this.text,
      done,
      media_id: this.upload.id,
      alt: this.upload.alt,
      excluded: this.excluded,
      version: open.seenVersion,
      anyway: this.hold !== null,
    };
    const reply =
      this.kind === 'private'
        ? await sendPrivate(open.id!, out, this.#key)
        : await sendPublic(open.targetId!, out, this.#key);
    open.replies = [reply, ...open.replies.filter((r) => r.reply_id !== reply.reply_id)];
    notices.tell(words.ladder.spoken(words.ladder.queued));
    if (this.#instead) discard(this.#instead);
    this.#instead = null;
  }

  #draft(): Kept {
    return { text: this.text, media_id: this.upload.id, exclude: this.excluded };
  }

  #take(draft: Kept) {
    this.text = draft.text;
    this.excluded = draft.exclude;
    this.upload.take(draft.media_id);
    this.kept = '';
    this.trouble = '';
    this.hold = null;
    this.#began = null;
  }
}

export const composer = new Composer();
