import { printable } from './printable.js';

/** Where a command prints to. */
export interface Terminal {
  /**
   * Prints what was asked for.
   *
   * @param line - or several
   */
  log(line: string): void;
  /**
   * Prints warnings and errors.
   *
   * @param line - or several
   */
  error(line: string): void;
  /** Rewrites one line that goes away again (with `''`); absent where nobody watches. */
  readonly status?: ((line: string) => void) | undefined;
}

/** The streams of a process, as far as they are used here. */
export interface Streams {
  /** For results. */
  readonly stdout: { write(text: string): unknown };
  /** For all else. */
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
}

/**
 * The terminal of a process: results to stdout, all else to stderr. There are no colors, so nothing has to be turned off; a line is
 * rewritten only where stderr is a terminal that can do so.
 *
 * @param streams - by default those of this process
 * @param env - `TERM` of it; by default that of this process
 */
export function processTerminal(
  streams: Streams = process,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Terminal {
  const { stdout, stderr } = streams;
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

/**
 * A terminal that passes on nothing that would steer the one behind it.
 *
 * @param terminal - the one behind it
 */
export function plainTerminal(terminal: Terminal): Terminal {
  const { log, error, status } = terminal;
  return {
    log: (line) => log(printable(line)),
    error: (line) => error(printable(line)),
    ...(status && { status: (line: string) => status(printable(line)) }),
  };
}
