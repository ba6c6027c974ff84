// People on X, through the control API of the stand-in; and the API of the desk as a lead's key sees it.
import { until } from './wait.mjs';

export const demo = JSON.parse(process.env.E2E ?? 'null');
if (!demo) throw new Error('these are run by `npm run e2e`');

export async function sim(path, body, method = body === undefined ? 'GET' : 'POST') {
  const answer = await fetch(demo.sim + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

let made = 0;

/** Somebody new on X. The handle is theirs alone, so the row is found by it. */
export async function person(name, more = {}) {
  made += 1;
  const handle = `${name.toLowerCase().replace(/[^a-z]/g, '')}`.slice(0, 8) + process.pid + made;
  return sim('/people', { handle: handle.slice(0, 15), name, ...more });
}

/** What people write to a company, and its desk's API as its lead sees it. */
export function company(org, brand) {
  async function api(path, { method = 'GET', body, headers = {} } = {}) {
    const answer = await fetch(`${demo.desk}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${demo.keys[org].lead}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** A post of a person that names the company. */
  const posts = (who, text, more = {}) =>
    sim('/posts', { author: `@${who.handle}`, text: `@${brand} ${text}`, ...more });

  /** A further post of a person in their own conversation. X tells of names in the text, not of those that a reply begins with. */
  const goesOn = (who, text, post) =>
    sim('/posts', { author: `@${who.handle}`, text: `${text} @${brand}`, reply_to: post.id });

  /** A private message of a person to the company. */
  const tells = (who, text) => sim('/dms', { from: `@${who.handle}`, to: `@${brand}`, text });

  /** The row of a person, when everything they wrote so far has come through. */
  const row = (who, { kind = 'feeds', tab = 'active', count = 1, within = 30_000 } = {}) =>
    until(
      `${count} of @${who.handle} in the ${tab} ${kind} list`,
      async () => {
        const { items } = await api(`/threads?tab=${tab}&kind=${kind}&person=${who.id}`);
        return items.find((one) => one.count >= count);
      },
      within,
    );

  /** A person with one post, and its row. */
  async function asks(name, text, more) {
    const who = await person(name, more);
    const post = await posts(who, text);
    return { who, post, row: await row(who) };
  }

  /** A person with one private message, and its row. */
  async function whispers(name, text, more) {
    const who = await person(name, more);
    await tells(who, text);
    return { who, row: await row(who, { kind: 'messages' }) };
  }

  return { api, posts, goesOn, tells, row, asks, whispers };
}

export const { api, posts, goesOn, tells, row, asks, whispers } = company('northwind', 'northwindgear');
/** A company of its own, for what would get in the way of the others: budgets and broken accounts. */
export const juniper = company('juniper', 'juniperoak');
