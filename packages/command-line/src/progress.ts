import type { Terminal } from './terminal.js';

/** @see {@link progressLine} */
export interface ProgressOptions {
  /**
   * What is counted: a word after the numbers, or `bytes`, which are shown in megabytes.
   * @defaultValue no word
   */
  readonly unit?: string;
  /** Show nothing: results go to another program. */
  readonly quiet?: boolean;
  /**
   * Milliseconds from any start.
   * @defaultValue `performance.now`
   */
  readonly now?: () => number;
}

/** How far something is, in one line that goes away at its end. */
export interface ProgressLine {
  /**
   * Shows how far it is now.
   *
   * @param done - how much of it
   * @param total - if it is known: then the time left is shown too
   */
  update(done: number, total?: number): void;
  /** Takes the line away. */
  end(): void;
}

/**
 * `1,280 of 60,000 pictures, 2 %, 1 min 12 s left`, at most ten times a second; nothing where nobody watches.
 *
 * @param terminal - nothing is shown without its `status`
 * @param options - what is counted
 */
export function progressLine(terminal: Terminal, options: ProgressOptions = {}): ProgressLine {
  const { unit = '', quiet = false, now = () => performance.now() } = options;
  const { status } = terminal;
  if (status === undefined || quiet) return { update: () => {}, end: () => {} };
  const amount = (value: number) =>
    unit === 'bytes' ? megabytes(value) : Math.round(value).toLocaleString('en');
  const word = unit === '' || unit === 'bytes' ? '' : ` ${unit}`;
  let start: { readonly at: number; readonly done: number } | undefined;
  let before = 0;
  let last = -Infinity;
  return {
    update(done, total) {
      const at = now();
      // The next file begins again.
      if (start === undefined || done < before) start = { at, done };
      before = done;
      if (at - last < 100 && done !== total) return;
      last = at;
      const parts = [`${amount(done)}${total === undefined ? '' : ` of ${amount(total)}`}${word}`];
      if (total !== undefined && total > 0) {
        parts.push(`${Math.floor((100 * done) / total)} %`);
        const elapsed = (at - start.at) / 1000;
        // A first second says little.
        if (elapsed >= 1 && done > start.done && done < total) {
          parts.push(`${duration(((total - done) * elapsed) / (done - start.done))} left`);
        }
      }
      status(parts.join(', '));
    },
    end: () => status(''),
  };
}

/**
 * `12.3 MB`.
 *
 * @param bytes - how many
 */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * `4.2 s`, `45 s`, `4 min 10 s`, `1 h 5 min`.
 *
 * @param seconds - `–` stands for what isn't finite
 */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
