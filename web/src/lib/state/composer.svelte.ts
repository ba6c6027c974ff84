// What is being written: to whom, what X allows, and what came meanwhile. One text per target, never carried
// from public to private or back.
import { goto } from '$app/navigation';
import { api, key, newKey, ok } from '$lib/api/client';
import { ApiError, inWords } from '$lib/api/problem';
import type { Reply, ReplyOptions } from '$lib/api/types';
import { tooAlike } from '$lib/composer/similar';
import { linksIn, weight } from '$lib/composer/weight';
import { words } from '$lib/words';
import { desk } from './desk.svelte';
import { Drafts, empty, type Kept } from './drafts';
import { list } from './list.svelte';
import { notices } from './notices.svelte';
import { open } from './open.svelte';
import { href } from './query';
import { session } from './session.svelte';
import { Upload } from './upload.svelte';

const SENT_KEPT = 5;

class Composer {
  mode = $state<'reply' | 'note'>('reply');
  text = $state('');
  excluded = $state.raw<string[]>([]);
  options = $state.raw<ReplyOptions | null>(null);
  optionsTrouble = $state('');
  kept = $state<'' | 'saved' | 'failed'>('');
  busy = $state(false);
  trouble = $state('');
  /** What came since the typing began; sending goes on only once it was shown. */
  hold = $state.raw<string[] | null>(null);
  /** Counts up when the field should be entered. */
  wanted = $state(0);
  readonly upload = new Upload(() => this.changed());
  #drafts = new Drafts((state) => (this.kept = state));
  #aimed: string | null = null;
  #asked = 0;
  #began: {
    version: number;
    items: ReadonlySet<string>;
    notes: number;
    replies: number;
    active: boolean;
  } | null = null;
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
  way = $derived(this.kind === 'private' ? this.options?.message : this.options?.public);
  max = $derived(
    this.kind === 'private' ? (this.options?.message_chars_max ?? 10_000) : (this.options?.weight_max ?? 280),
  );
  used = $derived(this.kind === 'private' ? [...this.text].length : weight(this.text));
  links = $derived(linksIn(this.text).length);
  alike = $derived(this.kind !== 'note' && tooAlike(this.text, this.#sent));

  /** Why it cannot be sent now; nothing if it can. The field stays open whatever it says. */
  refusal = $derived.by(() => {
    const w = words.composer;
    if (!session.can.work) return w.viewer;
    if (this.kind === 'private' && !session.messages) return w.noMessages;
    if (!this.target) return w.noPublicTarget;
    if (!this.text.trim() && !(this.upload.id && this.kind !== 'note')) return w.empty;
    if (this.kind === 'note') return undefined;
    if (this.upload.busy) return w.uploading;
    if (this.way && !this.way.allowed) return w.why[this.way.why] ?? this.way.why;
    return this.used > this.max ? w.tooLong : undefined;
  });

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

  async ask(item: string | null) {
    const mine = ++this.#asked;
    this.options = null;
    this.optionsTrouble = '';
    if (!item) return;
    try {
      const options = await ok(
        api.GET('/api/v1/items/{id}/reply-options', { params: { path: { id: item } } }),
      );
      if (mine === this.#asked) this.options = options;
    } catch (cause) {
      if (mine === this.#asked) this.optionsTrouble = inWords(cause);
    }
  }

  /** A key was pressed, a picture or an addressee changed. */
  changed() {
    if (!this.#aimed) return;
    this.#began ??= {
      version: open.seenVersion,
      items: new Set(open.items.map((i) => i.item_id)),
      notes: open.head?.notes.length ?? 0,
      replies: open.replies.length,
      active: (open.head?.open ?? 0) + (open.head?.draft ?? 0) > 0,
    };
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
    this.#drafts.put(target, { text: reply.text ?? '', media_id: reply.media_id ?? null, exclude: [] });
    if (this.#aimed === target)
      this.#take({ text: reply.text ?? '', media_id: reply.media_id ?? null, exclude: [] });
    this.wanted += 1;
  }

  async send(done = false) {
    if (this.busy || this.refusal) return;
    if (this.kind !== 'note' && !this.hold) {
      const came = this.#came();
      if (came.length) {
        this.hold = came;
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
      if (done) this.#goOn();
    } catch (cause) {
      if (cause instanceof ApiError && cause.slug === 'thread-changed') {
        await open.reload();
        this.hold = told(cause.problem.news ?? []);
        open.seeAll();
      } else this.trouble = inWords(cause);
    } finally {
      this.busy = false;
      desk.acted();
    }
  }

  async #note() {
    await ok(
      api.POST('/api/v1/threads/{id}/notes', {
        params: { path: { id: open.id! }, header: key(this.#key) },
        body: { body: this.text.trim() },
      }),
    );
    notices.tell(words.composer.noted);
  }

  async #reply(done: boolean) {
    const header = {
      ...key(this.#key),
      'If-Match': `"v${open.seenVersion}"`,
      ...(this.hold ? { 'X-Send-Anyway': true } : {}),
    };
    const media = this.upload.id ? { media_id: this.upload.id, alt_text: this.upload.alt || null } : {};
    const body = { text: this.text.trim(), done, ...media };
    const reply =
      this.kind === 'private'
        ? await ok(
            api.POST('/api/v1/threads/{id}/messages', { params: { path: { id: open.id! }, header }, body }),
          )
        : await ok(
            api.POST('/api/v1/items/{id}/replies', {
              params: { path: { id: open.targetId! }, header },
              body: { ...body, exclude: this.excluded },
            }),
          );
    open.replies = [reply, ...open.replies.filter((r) => r.reply_id !== reply.reply_id)];
    notices.tell(words.ladder.spoken(words.ladder.queued));
    const instead = this.#instead;
    this.#instead = null;
    if (instead) {
      void api
        .DELETE('/api/v1/replies/{id}', { params: { path: { id: instead }, header: key() } })
        .catch(() => undefined);
    }
  }

  // Closed with the send: on to the next row, as after Done.
  #goOn() {
    const id = open.id!;
    const next = list.beside(id, 1) ?? list.beside(id, -1);
    list.patch(id, { left: words.list.done_, status: 'closed' });
    const how = session.settings.after_done;
    if (how !== 'stay') void goto(href(list.query, how === 'next' ? next?.id : null));
  }

  /** What came since the typing began and was not seen. */
  #came(): string[] {
    const began = this.#began;
    const head = open.head;
    if (!began || !head || head.version <= began.version) return [];
    const w = words.composer;
    const items = open.items.filter((i) => !began.items.has(i.item_id) && open.unseen.has(i.item_id)).length;
    const notes = head.notes.length - began.notes;
    const replies = open.replies.length - began.replies;
    return [
      ...(items ? [w.heldItems(items)] : []),
      ...(notes > 0 ? [w.heldNotes(notes)] : []),
      ...(replies > 0 ? [w.heldReplies(replies)] : []),
      ...(began.active && head.open + head.draft === 0 ? [w.heldDone] : []),
    ];
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

/** What the server says came since, in words. */
function told(news: { what: string }[]): string[] {
  const w = words.composer;
  const many = (what: string) => news.filter((n) => n.what === what).length;
  const lines = [
    many('item') ? w.heldItems(many('item')) : '',
    many('note') ? w.heldNotes(many('note')) : '',
    many('reply') ? w.heldReplies(many('reply')) : '',
    many('close') ? w.heldDone : '',
  ].filter(Boolean);
  return lines.length ? lines : [w.heldOther];
}

export const composer = new Composer();
