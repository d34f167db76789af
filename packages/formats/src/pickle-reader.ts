import { unescapeText, unquoteBytes } from './pickle-text.js';
import { latin1, quote } from './text.js';

/** The longest integer that is read, in bytes: 128 bits and a sign. */
const MAX_LONG = 17;

/** Reads the arguments of a pickle's operations, one after the other. */
export interface PickleReader {
  /** Where it stands. */
  at(): number;
  /** A view of the next bytes. */
  take(count: number): Uint8Array;
  uint8(): number;
  uint16(): number;
  int32(): number;
  uint32(): number;
  uint64(): number;
  float64(): number;
  /** Little-endian two's complement; exact: a bigint where a number isn't. */
  long(size: number): number | bigint;
  /** The text up to the next line feed, Latin-1. */
  line(): string;
  /** A line that is a number or, as protocol 0 writes them, `00` or `01` for False or True. */
  decimal(): number | bigint | boolean;
  quoted(): Uint8Array;
  escaped(): string;
  utf8(size: number): string;
}

/** A reader of the bytes from `start` on; `fail` throws. */
export function pickleReader(
  bytes: Uint8Array,
  start: number,
  fail: (expected: string, found: string) => never,
): PickleReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;
  const take = (count: number): Uint8Array => {
    if (!(count >= 0 && count <= bytes.length - at)) {
      fail(`hold ${count} more bytes`, `${bytes.length - at} (truncated or damaged)`);
    }
    at += count;
    return bytes.subarray(at - count, at);
  };
  const place = (size: number): number => {
    take(size);
    return at - size;
  };
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    if (end < 0) fail('end its line', 'the end of the file');
    const text = latin1(take(end - at));
    at++;
    return text;
  };
  return {
    at: () => at,
    take,
    uint8: () => view.getUint8(place(1)),
    uint16: () => view.getUint16(place(2), true),
    int32: () => view.getInt32(place(4), true),
    uint32: () => view.getUint32(place(4), true),
    uint64: () => Number(view.getBigUint64(place(8), true)),
    float64: () => view.getFloat64(place(8)),
    long(size) {
      if (size > MAX_LONG) fail(`hold integers of at most ${MAX_LONG} bytes`, `${size} bytes`);
      return integerOf(take(size));
    },
    line,
    decimal() {
      const text = line();
      return decimalOf(text) ?? fail('hold decimal numbers', quote(text, 20));
    },
    quoted() {
      const text = line();
      return unquoteBytes(text) ?? fail('hold quoted strings', quote(text, 20));
    },
    escaped: () => unescapeText(line()),
    utf8(size) {
      const content = take(size);
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
      } catch {
        return fail('hold texts in UTF-8', 'other bytes');
      }
    },
  };
}

function exact(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** Little-endian two's complement. */
function integerOf(digits: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = digits.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(digits[i] as number);
  return exact(BigInt.asIntN(8 * digits.length, value));
}

/** What a line of protocol 0 means; undefined if it is no number. */
function decimalOf(text: string): number | bigint | boolean | undefined {
  if (text === '00' || text === '01') return text === '01';
  if (/^-?\d{1,40}L?$/.test(text)) return exact(BigInt(text.replace('L', '')));
  const value =
    { inf: Infinity, '-inf': -Infinity, nan: NaN }[text] ?? (text.trim() === '' ? NaN : Number(text));
  return Number.isNaN(value) && text !== 'nan' ? undefined : value;
}
