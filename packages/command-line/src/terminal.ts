import { printable } from './printable.js';

/** Where a command prints to. */
export interface Terminal {
  /** What was asked for. */
  log(line: string): void;
  /** Warnings and errors. */
  error(line: string): void;
  /** Rewrites one line that goes away again (with `''`); absent where nobody watches. */
  readonly status?: ((line: string) => void) | undefined;
}

/** The streams of a process, as far as they are used here. */
export interface Streams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
}

/**
 * The terminal of a process: results to stdout, all else to stderr. There are no colors, so nothing has to be turned off; a line is
 * rewritten only where stderr is a terminal that can do so.
 */
export function processTerminal(
  { stdout, stderr }: Streams = process,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Terminal {
  let shown = false;
  const clear = () => {
    if (shown) stderr.write('\r\x1b[K');
    shown = false;
  };
  const status = (line: string) => {
    clear();
    if (line === '') return;
    const width = Math.max(20, (stderr.columns ?? 80) - 1);
    const text = printable(line);
    stderr.write(text.length > width ? `${text.slice(0, width - 1)}…` : text);
    shown = true;
  };
  return {
    log: (line) => {
      clear();
      stdout.write(`${printable(line)}\n`);
    },
    error: (line) => {
      clear();
      stderr.write(`${printable(line)}\n`);
    },
    ...(stderr.isTTY === true && env['TERM'] !== 'dumb' && { status }),
  };
}

/** A terminal that passes on nothing that would steer the one behind it. */
export function plainTerminal({ log, error, status }: Terminal): Terminal {
  return {
    log: (line) => log(printable(line)),
    error: (line) => error(printable(line)),
    ...(status && { status: (line: string) => status(printable(line)) }),
  };
}
