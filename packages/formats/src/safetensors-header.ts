import { check } from '@immiscible/core';
import { elementCount, MAX_RANK } from './element-types.js';
import { DTYPES, isDtype } from './safetensors-dtype.js';

/** One tensor of a safetensors file, as the header describes it. */
export interface TensorInfo {
  /** One of `SafetensorsDtype`, or of a newer kind: then it can't be read. */
  readonly dtype: string;
  /** Sizes of the axes, none for a single number. */
  readonly shape: readonly number[];
  /** Where it lies, in bytes of the file. */
  readonly start: number;
  /** Where its bytes end, and the next tensor begins. */
  readonly end: number;
}

/** What the header of a safetensors file says. */
export interface SafetensorsHeader {
  /** By name. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Free text by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The name in the header that isn't a tensor's. */
export const METADATA = '__metadata__';
/** The reference implementation's limit on the header, in bytes. */
const MAX_HEADER = 100_000_000;
const WRONG_KIND = 'is this a safetensors file?';
const TRUNCATED = 'the file is truncated';

/**
 * The length of the header, from the first 8 bytes of the file.
 *
 * @throws RangeError if there are fewer, or it is longer than the file or than any header may be
 */
export function safetensorsHeaderLength(
  fn: string,
  name: string,
  start: Uint8Array,
  fileSize: number,
): number {
  check(start.length >= 8, fn, name, 'at least 8 bytes long', fileSize, WRONG_KIND);
  const length = Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
  const most = `a safetensors file with a header of at most ${MAX_HEADER} bytes`;
  check(length <= MAX_HEADER, fn, name, most, length, WRONG_KIND);
  const least = `at least ${8 + length} bytes long as its first 8 bytes say`;
  check(fileSize >= 8 + length, fn, name, least, fileSize, TRUNCATED);
  return length;
}

/**
 * The table of a safetensors file. Strict: every byte of the file belongs to the header or to exactly one tensor.
 *
 * @param json - the header's bytes, which follow the 8 bytes of its length
 * @param fileSize - of the whole file
 * @throws RangeError naming what is wrong: no JSON of the right form, metadata that aren't texts, a shape that doesn't
 *   fit its bytes, tensors that overlap or leave a gap, a file of another size
 */
export function parseSafetensorsHeader(
  fn: string,
  name: string,
  json: Uint8Array,
  fileSize: number,
): SafetensorsHeader {
  const { [METADATA]: metadata = {}, ...entries } = parseJson(fn, name, json);
  const areTexts = isRecord(metadata) && Object.values(metadata).every((text) => typeof text === 'string');
  check(areTexts, fn, `${METADATA} of ${name}`, 'an object of strings', metadata);
  const base = 8 + json.length;
  const tensors = Object.entries(entries).map(
    ([tensor, entry]) => [tensor, readEntry(fn, `tensors[${JSON.stringify(tensor)}]`, entry)] as const,
  );
  tensors.sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  let end = 0;
  for (const [tensor, span] of tensors) {
    const follows = `such that the array starts at byte ${end}, where the one before ends`;
    check(span.start === end, fn, `tensors[${JSON.stringify(tensor)}].data_offsets`, follows, span.start);
    end = span.end;
  }
  const size = base + end;
  const fix = fileSize < size ? TRUNCATED : 'something follows the last tensor';
  check(fileSize === size, fn, name, `${size} bytes long as the header says`, fileSize, fix);
  return {
    metadata: metadata as Record<string, string>,
    tensors: new Map(
      tensors.map(([tensor, info]) => [tensor, { ...info, start: base + info.start, end: base + info.end }]),
    ),
  };
}

function parseJson(fn: string, name: string, bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const found = (cause as Error).message.slice(0, 80);
    throw new RangeError(`${fn}: header of ${name} must be JSON in UTF-8, got ${found}; ${WRONG_KIND}`, {
      cause,
    });
  }
  check(isRecord(header), fn, `header of ${name}`, 'a JSON object', header);
  return header;
}

/** One tensor; its place counted from the end of the header. */
function readEntry(fn: string, at: string, entry: unknown): TensorInfo {
  check(isRecord(entry), fn, at, 'an object', entry);
  const { dtype, shape, data_offsets: offsets } = entry;
  check(typeof dtype === 'string', fn, `${at}.dtype`, 'a name', dtype);
  const count = isSizes(shape) ? elementCount(shape) : undefined;
  check(
    count !== undefined,
    fn,
    `${at}.shape`,
    `an array of at most ${MAX_RANK} non-negative integers`,
    Array.isArray(shape) && shape.length > MAX_RANK ? shape.length : shape,
  );
  check(
    isSizes(offsets) && offsets.length === 2 && (offsets[0] as number) <= (offsets[1] as number),
    fn,
    `${at}.data_offsets`,
    'two increasing non-negative integers',
    offsets,
  );
  const [start, end] = offsets as [number, number];
  // A kind that came after this reader: the rest of the file is still good.
  if (isDtype(dtype)) {
    const expected = (count * DTYPES[dtype].bits) / 8;
    const apart = `${expected} bytes apart as ${dtype} of shape [${String(shape)}] takes`;
    check(end - start === expected, fn, `${at}.data_offsets`, apart, end - start);
  }
  return { dtype, shape: shape as number[], start, end };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
