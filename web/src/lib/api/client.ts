// The one way to the API: adds what every call needs (CSRF token, idempotency key, read-your-writes) and
// turns what comes back into a value or an `ApiError`. Knows nothing of screens.
import createClient, { type Middleware } from 'openapi-fetch';
import type { paths } from './schema';
import { ApiError, problemOf } from './problem';
import { seq } from './seq';

let csrf = '';
let onSignedOut: () => void = () => {};
let onBehind: (behind: boolean) => void = () => {};

/** Token of the session; writes carry it. */
export function setCsrf(token: string) {
  csrf = token;
}

/** Called when the API says that nobody is signed in. */
export function whenSignedOut(tell: () => void) {
  onSignedOut = tell;
}

/** Called with each answer that says whether the pipeline has folded back what was asked for. */
export function whenBehind(tell: (behind: boolean) => void) {
  onBehind = tell;
}

/** A fresh idempotency key. A retry of the same act passes the key that it had before. */
export function newKey(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Pages that are not https have no randomUUID.
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6]! & 0x0f) | 0x40;
  b[8] = (b[8]! & 0x3f) | 0x80;
  const hex = [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Header of a command. */
export function key(idempotency = newKey()) {
  return { 'Idempotency-Key': idempotency };
}

const rules: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'GET') {
      request.headers.set('X-CSRF-Token', csrf);
    } else {
      const min = seq.min();
      if (min) request.headers.set('Earshot-Min-Seq', String(min));
    }
    return request;
  },
  onResponse({ request, response, schemaPath }) {
    seq.seen(response.headers.get('Earshot-Seq'));
    if (response.ok && request.headers.has('Earshot-Min-Seq'))
      onBehind(response.headers.get('Earshot-Behind') === 'true');
    if (response.status === 401 && !schemaPath.includes('/session')) onSignedOut();
  },
};

export const api = createClient<paths>({ baseUrl: '/' });
api.use(rules);

/** Lists are described as CSV too, which this client never asks for. */
type Value<T> = Exclude<T, string>;
type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The value of an answer; throws `ApiError` with words that a CSR can use. */
export async function ok<T>(call: Promise<Answer<T>>): Promise<Value<T>> {
  return (await full(call)).data;
}

/** As `ok`, with the response for who needs its headers. */
export async function full<T>(call: Promise<Answer<T>>): Promise<{ data: Value<T>; response: Response }> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw ApiError.offline();
  }
  if (!answer.response.ok) throw new ApiError(problemOf(answer.error, answer.response));
  return { data: answer.data as Value<T>, response: answer.response };
}
