import { describe, expect, it } from 'vitest';
import { fixtureBytes } from '../test/fixture.js';
import { decodeSafetensors } from './decode-safetensors.js';
import { encodeSafetensors } from './encode-safetensors.js';
import type { SafetensorsEntry } from './safetensors-dtype.js';

const reference = fixtureBytes('reference.safetensors');

describe('encodeSafetensors', () => {
  const { tensors, metadata } = decodeSafetensors(reference);

  it('writes what the reference implementation wrote, up to the order of its header', () => {
    const written = encodeSafetensors(tensors, metadata);
    expect(decodeSafetensors(written)).toEqual({ tensors, metadata });
    expect(written.length).toBe(reference.length);
    const kinds = decodeSafetensors(fixtureBytes('kinds.safetensors'));
    expect(decodeSafetensors(encodeSafetensors(kinds.tensors, kinds.metadata))).toEqual(kinds);
  });

  it('gives the same bytes for any order of the keys', () => {
    const backwards = <T>(record: Readonly<Record<string, T>>) =>
      Object.fromEntries(Object.entries(record).reverse());
    expect(encodeSafetensors(backwards(tensors), backwards(metadata))).toEqual(
      encodeSafetensors(tensors, metadata),
    );
  });

  it('starts every array at a multiple of its element size', () => {
    const bytes = encodeSafetensors(tensors);
    const length = new DataView(bytes.buffer).getUint32(0, true);
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    for (const [name, { data_offsets: offsets }] of Object.entries(header)) {
      expect(offsets[0] % (tensors[name] as SafetensorsEntry).data.BYTES_PER_ELEMENT).toBe(0);
    }
  });

  it('writes the bytes of a view only', () => {
    const data = Float32Array.of(1, 2, 3).subarray(1);
    const bytes = encodeSafetensors({ a: { dtype: 'F32', shape: [2], data } });
    expect(decodeSafetensors(bytes).tensors['a']?.data).toEqual(Float32Array.of(2, 3));
  });

  it('keeps names that objects treat specially', () => {
    const entry = { dtype: 'U8', shape: [1], data: Uint8Array.of(1) } as const;
    const special = Object.fromEntries(['__proto__', '0', 'constructor'].map((name) => [name, entry]));
    const read = decodeSafetensors(encodeSafetensors(special)).tensors;
    expect(Object.keys(read).sort()).toEqual(['0', '__proto__', 'constructor']);
  });

  it('writes and reads nothing at all', () => {
    expect(decodeSafetensors(encodeSafetensors({}))).toEqual({ tensors: {}, metadata: {} });
  });

  it.each([
    [
      'a length that differs from the shape',
      { a: { dtype: 'F32', shape: [2, 2], data: new Float32Array(3) } },
      'tensors["a"].data must be of 4 elements as shape [2,2] says, got 3',
    ],
    [
      'an array that differs from the dtype',
      { a: { dtype: 'F16', shape: [1], data: new Float32Array(1) } },
      'tensors["a"].data must be a Uint16Array as F16 is held, got "Float32Array"',
    ],
    [
      'an unknown dtype',
      { a: { dtype: 'F2', shape: [1], data: new Float32Array(1) } },
      'tensors["a"].dtype must be one of',
    ],
    [
      'a fractional size',
      { a: { dtype: 'F32', shape: [0.5], data: new Float32Array(1) } },
      'an integer of at least 0',
    ],
    [
      'the reserved name',
      { __metadata__: { dtype: 'F32', shape: [1], data: new Float32Array(1) } },
      'without the reserved name',
    ],
  ])('refuses %s', (_, wrong, message) => {
    const write = () => encodeSafetensors(wrong as unknown as Record<string, SafetensorsEntry>);
    expect(write).toThrow(RangeError);
    expect(write).toThrow(message);
  });
});
