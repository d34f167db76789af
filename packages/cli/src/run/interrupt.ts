/** What a run asks about being stopped. */
export interface Interrupt {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Gives the signals back to Node. */
  dispose(): void;
}

/**
 * Ctrl-C, once: stop after the step and report. Twice: end at once.
 *
 * @param onFirst - tells the user
 */
export function interruptible(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  let first = 0;
  const handle = (): void => {
    if (controller.signal.aborted) {
      // npm and Nx pass on a signal that the terminal has sent already: one key press may come twice.
      if (performance.now() - first > 500) process.exit(130);
      return;
    }
    first = performance.now();
    controller.abort();
    onFirst();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    signal: controller.signal,
    dispose() {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}

/** Lets signal handlers and timers run, which a backend that computes synchronously never does. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
