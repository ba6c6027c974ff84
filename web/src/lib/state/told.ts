// Commands without a control that could say what went wrong (a key, a row that has left the list): a notice says it,
// and its Retry is the same command with the same key.
import { words } from '$lib/words';
import { Act, type Header } from './act.svelte';
import { notices } from './notices.svelte';

type Command<T> = {
  send: (header: Header) => Promise<T>;
  /** What is seen before the server answers; gives the way back, which a failure takes. */
  ahead?: () => () => unknown;
  done?: (answer: T) => unknown;
  failed?: (why: string) => string;
  /** However it ended. */
  after?: () => void;
};

export async function told<T>({ send, ahead, done, failed, after }: Command<T>): Promise<void> {
  const act = new Act();
  let answer: T;
  const first = () =>
    act.run(async (header) => {
      answer = await send(header);
    });
  const attempt = async (sent: () => Promise<boolean>): Promise<void> => {
    const back = ahead?.();
    if (await sent()) done?.(answer);
    else {
      back?.();
      const again = { label: words.error.retry, run: () => void attempt(() => act.retry()) };
      notices.fail((failed ?? words.work.notDone)(act.trouble), act.worthRetry ? again : undefined);
    }
    after?.();
  };
  await attempt(first);
}

/** Says what was done and offers the way back, which is a command too. */
export function offer<T>(said: string, back: Command<T>) {
  const done = (answer: T) => {
    back.done?.(answer);
    notices.say(words.work.undone);
  };
  notices.say(said, { label: words.work.undo, run: () => void told({ ...back, done }) });
}
