import { check, checkInteger } from '@immiscible/core';
import { MAX_RANK } from './element-types.js';
import { DTYPES, type SafetensorsEntry } from './safetensors-dtype.js';
import { METADATA } from './safetensors-header.js';

/**
 * Writes host arrays as one safetensors file: 8 bytes of header length, a JSON header, the arrays' bytes, little-endian.
 * The same content gives the same bytes, whatever the order of its keys.
 *
 * @param tensors - arrays by name; `data` has as many elements as `shape` says (twice as many for C64)
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
  for (const [name, entry] of Object.entries(tensors)) checkEntry(fn, name, entry);
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

function checkEntry(fn: string, name: string, { dtype, shape, data }: SafetensorsEntry): void {
  const at = `tensors["${name}"]`;
  check(name !== METADATA, fn, 'tensors', `without the reserved name ${METADATA}`, name);
  const known = Object.keys(DTYPES);
  check(known.includes(dtype), fn, `${at}.dtype`, `one of ${known.join(', ')}`, dtype);
  const { Kind, bits } = DTYPES[dtype];
  check(data instanceof Kind, fn, `${at}.data`, `a ${Kind.name} as ${dtype} is held`, kindOf(data));
  check(shape.length <= MAX_RANK, fn, `${at}.shape`, `of at most ${MAX_RANK} axes`, shape.length);
  for (const size of shape) checkInteger(fn, `each size of ${at}.shape`, size, 0);
  const count = shape.reduce((total, size) => total * size, 1);
  const length = (count * bits) / 8 / Kind.BYTES_PER_ELEMENT;
  check(
    data.length === length,
    fn,
    `${at}.data`,
    `of ${length} elements as shape [${shape.join(',')}] says`,
    data.length,
  );
}

function kindOf(value: unknown): string {
  return value === null || typeof value !== 'object' ? String(value) : value.constructor.name;
}
