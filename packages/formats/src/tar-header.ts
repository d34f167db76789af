import { hex, latin1, quote } from './text.js';

/** One entry's header. */
export interface TarHeader {
  readonly name: string;
  /** Of the content that follows, in bytes. */
  readonly size: number;
  /** `'0'` a file, `'1'` a hard link, `'2'` a symbolic link, `'5'` a folder, `'L'`, `'K'`, `'x'`, `'g'` more about the next. */
  readonly kind: string;
  /** Of links. */
  readonly target: string;
}

/** Content comes in whole blocks. */
export const BLOCK = 512;

type Fail = (expected: string, found: string) => never;

/** A header of 512 bytes: ustar, GNU's, or the one before. */
export function parseTarHeader(header: Uint8Array, fail: Fail): TarHeader {
  if (!checksumHolds(header)) {
    return fail('be a tar archive', `a header that fails its checksum (it starts with "${hex(header)}")`);
  }
  const text = (start: number, end: number): string =>
    new TextDecoder().decode(header.subarray(start, end)).replace(/\0.*$/s, '');
  const prefix = latin1(header.subarray(257, 262)) === 'ustar' && header[263] === 0x30 ? text(345, 500) : '';
  const size = sizeOf(header.subarray(124, 136));
  if (size === undefined) return fail('say the size of each file', quote(latin1(header.subarray(124, 136))));
  const kind = String.fromCharCode(header[156] as number);
  return {
    name: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    size,
    // '7' was for contiguous files, NUL for files before ustar.
    kind: kind === '\0' || kind === '7' ? '0' : kind,
    target: text(157, 257),
  };
}

/** What pax says about the next file: records `"LENGTH KEY=VALUE\n"`, the length in bytes and of the whole record. */
export function parsePax(bytes: Uint8Array, fail: Fail): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    const blank = bytes.indexOf(0x20, at);
    const length = blank < 0 || blank - at > 8 ? NaN : Number(latin1(bytes.subarray(at, blank)));
    const record = new TextDecoder().decode(bytes.subarray(blank + 1, at + length));
    const equals = record.indexOf('=');
    if (!(length > blank - at + 1 && at + length <= bytes.length) || equals < 0 || !record.endsWith('\n')) {
      return fail('be a whole archive', 'a damaged extended header');
    }
    records.set(record.slice(0, equals), record.slice(equals + 1, -1));
    at += length;
  }
  return records;
}

/** Octal digits, or GNU's big-endian form where the first bit is set. */
function sizeOf(field: Uint8Array): number | undefined {
  if (((field[0] as number) & 0x80) !== 0) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
    return field[0] === 0x80 && Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = latin1(field)
    .replace(/[\0 ]+$/, '')
    .trim();
  if (digits === '') return 0;
  return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : undefined;
}

/** The sum of the header's bytes, its own field counted as blanks. */
function checksumHolds(header: Uint8Array): boolean {
  const stored = parseInt(latin1(header.subarray(148, 156)).replace(/\0.*$/s, '').trim(), 8);
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : (header[i] as number);
  return sum === stored;
}
