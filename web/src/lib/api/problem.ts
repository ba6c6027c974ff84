// What went wrong, in words. The API's `detail` is written for a CSR, so it is shown as it is.
import type { components } from './schema';
import { words } from '$lib/words';

export type Problem = Partial<components['schemas']['Problem']> & { status: number; detail: string };

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }

  static offline() {
    return new ApiError({ status: 0, detail: words.error.offline });
  }

  /** Last part of the problem's type: `thread-changed`. */
  get slug(): string {
    return this.problem.type?.split('/').pop() ?? '';
  }

  get status(): number {
    return this.problem.status;
  }
}

/** The problem that a refused answer carries; what proxies send instead becomes words too. */
export function problemOf(body: unknown, response: { status: number; statusText: string }): Problem {
  if (body && typeof body === 'object' && 'detail' in body && typeof body.detail === 'string') {
    return {
      ...(body as Partial<Problem>),
      status: response.status,
      detail: body.detail || words.error.unknown,
    };
  }
  const detail = response.status >= 500 ? words.error.server(response.status) : words.error.unknown;
  return { status: response.status, detail };
}

/** Words for anything that was thrown. */
export function inWords(cause: unknown): string {
  if (cause instanceof ApiError) return cause.message;
  return cause instanceof Error && cause.message ? cause.message : words.error.unknown;
}
