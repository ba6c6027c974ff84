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
import { fate } from './fate';
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
  /** One for what is written to each target: pressing Send again after a failure, even later, is the same act. */
  #keys = new Map<string, string>();
  /** A reply that did not go, which the next one to its target replaces. */
  #instead: { reply: string; target: string } | null = null;

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
    // What was begun while it was asked for is newer, a picture too that is still going up.
    if (this.#aimed === target && !this.#began && !this.upload.src) this.#take(draft);
  }

  /** A key was pressed, a picture or an addressee changed. */
  changed() {
    if (!this.#aimed) return;
    this.#began ??= begin(open);
    if (!this.text) this.#began = null;
    this.#keys.delete(this.#aimed);
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
    const target = reply.kind === 'public' ? `item:${reply.item_id}` : `thread:${reply.thread}`;
    this.#instead = reply.state === 'failed' ? { reply: reply.reply_id, target } : null;
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
    // Whoever goes on to another row or target meanwhile finds its text there, not what became of this one.
    const [row, target, sent] = [open.id!, this.#aimed!, this.text];
    const key = this.#keys.get(target) ?? newKey();
    this.#keys.set(target, key);
    try {
      if (this.kind === 'note') await this.#note(row, key);
      else await this.#reply(row, done, key);
      if (this.#aimed === target) this.#take(empty);
      void this.#drafts.drop(target);
      if (!target.startsWith('note:')) this.#sent = [sent, ...this.#sent].slice(0, SENT_KEPT);
      this.#keys.delete(target);
      if (done) goOn(row);
    } catch (cause) {
      const why = words.composer.notSent(inWords(cause));
      if (this.#aimed !== target) notices.fail(why);
      else if (cause instanceof ApiError && cause.slug === 'thread-changed') {
        await open.reload();
        this.hold = news(cause.problem.news ?? []);
        open.seeAll();
      } else this.trouble = why;
    } finally {
      this.busy = false;
      desk.acted();
    }
  }

  async #note(row: string, key: string) {
    await saveNote(row, this.text, key);
    notices.tell(words.composer.noted);
  }

  async #reply(row: string, done: boolean, key: string) {
    const out = {
      text: this.text,
      done,
      media_id: this.upload.id,
      alt: this.upload.alt,
      excluded: this.excluded,
      version: open.seenVersion,
      anyway: this.hold !== null,
    };
    const who = open.person?.name ?? open.person?.handle ?? '';
    const instead = this.#instead?.target === this.#aimed ? this.#instead : null;
    const reply =
      this.kind === 'private' ? await sendPrivate(row, out, key) : await sendPublic(open.targetId!, out, key);
    if (open.id === row) open.replies = [reply, ...open.replies.filter((r) => r.reply_id !== reply.reply_id)];
    fate.follow(reply.reply_id, { row, who });
    notices.tell(words.ladder.spoken(words.ladder.queued));
    if (instead) discard(instead.reply);
    if (this.#instead === instead) this.#instead = null;
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
