/** Waits for a condition, at most so long. The last error is told when it never came true. */
export async function until(what, check, within = 30_000) {
  const deadline = performance.now() + within;
  let last;
  for (;;) {
    try {
      const value = await check();
      if (value) return value;
      last = undefined;
    } catch (cause) {
      last = cause;
    }
    if (performance.now() > deadline)
      throw new Error(`not within ${within / 1000} s: ${what}${last ? ` (${last.message})` : ''}`);
    await new Promise((next) => setTimeout(next, 100));
  }
}

/** The exit code of a child process. */
export const ended = async (child) =>
  child.exitCode !== null ? child.exitCode : new Promise((end) => child.once('exit', (code) => end(code)));
