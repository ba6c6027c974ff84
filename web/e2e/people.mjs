// People on X, through the control API of the stand-in; and the API of the desk as a lead's key sees it.
import { until } from './wait.mjs';

export const demo = JSON.parse(process.env.E2E ?? 'null');
if (!demo) throw new Error('these are run by `npm run e2e`');
export const BRAND = 'northwindgear';

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

/** The desk's API, as a lead of the first company. */
export async function api(path, { method = 'GET', body } = {}) {
  const answer = await fetch(`${demo.desk}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${demo.keys.northwind.lead}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
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

/** A post of a person that names the company. */
export const posts = (who, text, more = {}) =>
  sim('/posts', { author: `@${who.handle}`, text: `@${BRAND} ${text}`, ...more });

/** A further post of a person in their own conversation. X tells of names in the text, not of those that a reply begins with. */
export const goesOn = (who, text, post) =>
  sim('/posts', { author: `@${who.handle}`, text: `${text} @${BRAND}`, reply_to: post.id });

/** A private message of a person to the company. */
export const tells = (who, text) => sim('/dms', { from: `@${who.handle}`, to: `@${BRAND}`, text });

/** The row of a person, when everything they wrote so far has come through. */
export const row = (who, { kind = 'feeds', tab = 'active', count = 1 } = {}) =>
  until(`${count} of @${who.handle} in the ${tab} ${kind} list`, async () => {
    const { items } = await api(`/threads?tab=${tab}&kind=${kind}&person=${who.id}`);
    return items.find((one) => one.count >= count);
  });

/** A person with one post, and its row. */
export async function asks(name, text, more) {
  const who = await person(name, more);
  const post = await posts(who, text);
  return { who, post, row: await row(who) };
}

/** A person with one private message, and its row. */
export async function whispers(name, text, more) {
  const who = await person(name, more);
  await tells(who, text);
  return { who, row: await row(who, { kind: 'messages' }) };
}
