import { check, checkInteger } from './checks.js';
import { ARRAYS, type SafetensorsDtype, type SafetensorsEntry } from './safetensors-dtype.js';

/** What a safetensors file holds. */
export interface SafetensorsContent {
  readonly tensors: Readonly<Record<string, SafetensorsEntry>>;
  /** Free text by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

const METADATA = '__metadata__';
/** The reference implementation's limit on the header, in bytes. */
const MAX_HEADER = 100_000_000;

/**
 * Writes host arrays as one safetensors file: 8 bytes of header length, a JSON header, the arrays' bytes, little-endian.
 * The same content gives the same bytes, whatever the order of its keys.
 *
 * @param tensors - arrays by name; `data` has as many elements as `shape` says
 * @param metadata - free text by name, kept in the header
 * @throws RangeError if an array's length or kind differs from its shape or dtype, or its name is `__metadata__`
 * @see https://github.com/huggingface/safetensors#format
 * @example
 * const bytes = encodeSafetensors({ w: { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) } }, { step: '7' });
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, SafetensorsEntry>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const fn = 'encodeSafetensors';
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    check(name !== METADATA, fn, 'tensors', `without the reserved name ${METADATA}`, name);
    const Kind = ARRAYS[dtype];
    check(
      Kind !== undefined,
      fn,
      `tensors["${name}"].dtype`,
      `one of ${Object.keys(ARRAYS).join(', ')}`,
      dtype,
    );
    check(
      data instanceof Kind,
      fn,
      `tensors["${name}"].data`,
      `a ${Kind.name} as ${dtype} is held`,
      kindOf(data),
    );
    for (const size of shape) checkInteger(fn, `each size of tensors["${name}"].shape`, size, 0);
    check(
      data.length === product(shape),
      fn,
      `tensors["${name}"].data`,
      `of ${product(shape)} elements as shape [${shape.join(',')}] says`,
      data.length,
    );
  }
  for (const [name, text] of Object.entries(metadata)) {
    check(typeof text === 'string', fn, `metadata["${name}"]`, 'a string', text);
  }
  // Widest elements first, so that every array starts at a multiple of its element size.
  const entries = Object.entries(tensors).sort(
    ([a, { data: x }], [b, { data: y }]) => y.BYTES_PER_ELEMENT - x.BYTES_PER_ELEMENT || (a < b ? -1 : 1),
  );
  let end = 0;
  const header: [string, unknown][] = entries.map(([name, { dtype, shape, data }]) => {
    const begin = end;
    end += data.byteLength;
    return [name, { dtype, shape: [...shape], data_offsets: [begin, end] }];
  });
  const texts = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (texts.length > 0) header.unshift([METADATA, Object.fromEntries(texts)]);
  // Padded with blanks, so that the arrays start at a multiple of 8.
  const text = JSON.stringify(Object.fromEntries(header));
  const unpadded = new TextEncoder().encode(text).length;
  const json = new TextEncoder().encode(text + ' '.repeat((8 - (unpadded % 8)) % 8));
  const file = new Uint8Array(8 + json.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  let at = 8 + json.length;
  for (const [, { data }] of entries) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/**
 * Reads a safetensors file. Strict: every byte of the file belongs to the header or to exactly one array.
 *
 * @param bytes - the whole file; borrowed, the arrays are copies
 * @throws RangeError naming what is wrong: a truncated or overlong file (expected and found size), a header that isn't
 *   JSON of the right form, an unknown dtype, a shape that doesn't fit its bytes, arrays that overlap or leave a gap
 * @see https://github.com/huggingface/safetensors#format
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsContent {
  const fn = 'decodeSafetensors';
  check(bytes.length >= 8, fn, 'bytes', 'at least 8 bytes long', bytes.length, 'is this a safetensors file?');
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  check(
    headerLength <= MAX_HEADER,
    fn,
    'bytes',
    `a safetensors file with a header of at most ${MAX_HEADER} bytes`,
    headerLength,
    'is this a safetensors file?',
  );
  const start = 8 + headerLength;
  check(
    bytes.length >= start,
    fn,
    'bytes',
    `at least ${start} bytes long as its first 8 bytes say`,
    bytes.length,
    'the file is truncated',
  );
  const { [METADATA]: metadata = {}, ...entries } = parseHeader(fn, bytes.subarray(8, start));
  check(
    isRecord(metadata) && Object.values(metadata).every((text) => typeof text === 'string'),
    fn,
    METADATA,
    'an object of strings',
    metadata,
  );

  const spans = Object.entries(entries).map(([name, entry]) => readEntry(fn, name, entry));
  spans.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const span of spans) {
    check(
      span.begin === end,
      fn,
      `tensors["${span.name}"].data_offsets`,
      `such that the array starts at byte ${end}, where the one before ends`,
      span.begin,
    );
    end = span.end;
  }
  check(
    bytes.length === start + end,
    fn,
    'bytes',
    `${start + end} bytes long as the header says`,
    bytes.length,
    bytes.length < start + end ? 'the file is truncated' : undefined,
  );
  return {
    metadata: metadata as Record<string, string>,
    tensors: Object.fromEntries(
      spans.map(({ name, dtype, shape, begin, end }) => {
        // A copy: elements in the file may lie at an address where no typed array of theirs may start. (Not `slice`,
        // which for Node's Buffer is a view.)
        const copy = new Uint8Array(bytes.subarray(start + begin, start + end));
        const data = new ARRAYS[dtype](copy.buffer);
        return [name, { dtype, shape, data } as SafetensorsEntry];
      }),
    ),
  };
}

function parseHeader(fn: string, bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RangeError(
      `${fn}: header must be JSON in UTF-8, got ${(cause as Error).message}; is this a safetensors file?`,
      { cause },
    );
  }
  check(isRecord(header), fn, 'header', 'a JSON object', header);
  return header;
}

function readEntry(
  fn: string,
  name: string,
  entry: unknown,
): { name: string; dtype: SafetensorsDtype; shape: number[]; begin: number; end: number } {
  const at = `tensors["${name}"]`;
  check(isRecord(entry), fn, at, 'an object', entry);
  const { dtype, shape, data_offsets: offsets } = entry;
  check(
    typeof dtype === 'string' && Object.hasOwn(ARRAYS, dtype),
    fn,
    `${at}.dtype`,
    `one of ${Object.keys(ARRAYS).join(', ')}`,
    dtype,
  );
  check(isSizes(shape), fn, `${at}.shape`, 'an array of non-negative integers', shape);
  check(
    isSizes(offsets) && offsets.length === 2 && (offsets[0] as number) <= (offsets[1] as number),
    fn,
    `${at}.data_offsets`,
    'two increasing non-negative integers',
    offsets,
  );
  const [begin, end] = offsets as [number, number];
  const kind = dtype as SafetensorsDtype;
  const expected = product(shape) * ARRAYS[kind].BYTES_PER_ELEMENT;
  check(
    end - begin === expected,
    fn,
    `${at}.data_offsets`,
    `${expected} bytes apart as ${kind} of shape [${shape.join(',')}] takes`,
    end - begin,
  );
  return { name, dtype: kind, shape, begin, end };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, size) => total * size, 1);
}

function kindOf(value: unknown): string {
  return value === null || typeof value !== 'object' ? String(value) : value.constructor.name;
}
