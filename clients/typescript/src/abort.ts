/** An AbortController that is aborted with any of the signals, until it is released from them. */
export interface Linked {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
  release(): void;
}

/** Like AbortSignal.any, which not every browser in use has, and which some versions of Node never let go of. */
export function linked(...signals: readonly (AbortSignal | undefined)[]): Linked {
  const controller = new AbortController();
  const releases: (() => void)[] = [];
  const release = () => {
    for (const each of releases.splice(0)) each();
  };
  for (const signal of signals) {
    if (!signal) continue;
    const abort = () => controller.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    releases.push(() => signal.removeEventListener("abort", abort));
  }
  return { signal: controller.signal, abort: (reason) => controller.abort(reason), release };
}
