import { ArgumentError } from './argument-error.js';

const DEFAULT_LIMIT = 4 * 2 ** 30;

/**
 * How many bytes one input (a file, an array or a picture in it) may take in memory: 4 GiB, or what the environment
 * variable `IMMISCIBLE_MAX_BYTES` says (`8e9`, `16GiB`). Readers compare what a header declares with it before they
 * allocate, inflate or loop, so that a small hostile file can't take the process down.
 *
 * @throws RangeError if the variable is set to something else than a size
 */
export function byteLimit(): number {
  const text = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env?.[
    'IMMISCIBLE_MAX_BYTES'
  ];
  if (text === undefined || text === '') return DEFAULT_LIMIT;
  const [, digits, unit = ''] = /^([\d.]+(?:e\d+)?)\s*(|[KMGT]iB)$/.exec(text.trim()) ?? [];
  const bytes = Number(digits) * 1024 ** ['', 'KiB', 'MiB', 'GiB', 'TiB'].indexOf(unit);
  if (!(bytes > 0)) {
    throw new RangeError(
      `byteLimit: IMMISCIBLE_MAX_BYTES must be a number of bytes such as 8e9 or 16GiB, got ${JSON.stringify(text)}`,
    );
  }
  return bytes;
}

/**
 * Refuses what would take more memory than allowed, before it is taken.
 *
 * @param fn - the function that asks, for messages
 * @param name - what takes the bytes: a file, an array or a picture by name
 * @param bytes - how many it declares or needs
 * @param limit - a tighter bound of the caller's; messages tell how to raise the general one only
 * @throws RangeError if there are more bytes than `limit`
 */
export function checkBytes(fn: string, name: string, bytes: number, limit: number = byteLimit()): void {
  if (bytes <= limit) return;
  throw new ArgumentError({
    fn,
    argument: name,
    verb: 'take',
    constraint: `at most ${sizeText(limit)} of memory`,
    got: sizeText(bytes),
    fix: 'the environment variable IMMISCIBLE_MAX_BYTES raises the limit (e.g. 16GiB)',
  });
}

function sizeText(bytes: number): string {
  if (!Number.isFinite(bytes)) return 'a size beyond all numbers';
  const power = Math.min(4, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  return `${Number((bytes / 1024 ** power).toPrecision(3))} ${units[power]}`;
}
