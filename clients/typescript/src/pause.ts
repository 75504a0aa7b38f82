/**
 * Resolves after so many milliseconds, when the signal is aborted, or when somebody calls what it keeps in `cuts` while it
 * waits.
 */
export function pause(ms: number, signal: AbortSignal, cuts?: Set<() => void>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      cuts?.delete(done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    cuts?.add(done);
    if (signal.aborted) done();
  });
}

/** A promise, and what resolves it. */
export function signaled<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((it) => {
    resolve = it;
  });
  return { promise, resolve };
}
