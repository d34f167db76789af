import { describe, expect, it } from 'vitest';
import { fixtureArrays, fixtureBytes, watched } from '../test/fixture.js';
import { decodeSafetensors } from './decode-safetensors.js';
import { openSafetensors } from './open-safetensors.js';

const reference = fixtureBytes('reference.safetensors');

/** A file with the given header and body, whatever they say. */
function file(header: unknown, body = 0): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + body);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

describe('decodeSafetensors', () => {
  it('reads what the reference implementation wrote (test/fixtures/make.py)', () => {
    const { tensors, metadata } = decodeSafetensors(reference);
    expect(metadata).toEqual({ script: 'train.mjs', name: 'ü' });
    expect(tensors).toEqual({
      scalar: { dtype: 'F64', shape: [], data: Float64Array.of(2.5) },
      'conv/weight': {
        dtype: 'F32',
        shape: [2, 3, 2],
        data: Float32Array.from({ length: 12 }, (_, i) => i / 8),
      },
      // IEEE half: 1, −2, 1365/4096, 65504
      half: { dtype: 'F16', shape: [4], data: Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x7bff) },
      step: { dtype: 'I64', shape: [2], data: BigInt64Array.of(-1n, 9007199254740993n) },
      ids: { dtype: 'I32', shape: [1, 2], data: Int32Array.of(7, -8) },
      bytes: { dtype: 'U8', shape: [3], data: Uint8Array.of(0, 255, 3) },
      mask: { dtype: 'BOOL', shape: [3], data: Uint8Array.of(1, 0, 1) },
      empty: { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) },
    });
  });

  it('converts every kind to float32 on request, as PyTorch does', async () => {
    const { tensors } = decodeSafetensors(fixtureBytes('kinds.safetensors'), { floats: true });
    const expected = await fixtureArrays('float8.npz');
    for (const [name, values] of Object.entries(expected)) {
      expect(tensors[name]?.data, name).toEqual(Float32Array.from(values));
    }
    expect(tensors['complex']).toEqual({
      dtype: 'F32',
      shape: [1, 2, 2],
      data: Float32Array.of(1, 2, -0, -0.5),
    });
    const { half, step, mask } = decodeSafetensors(reference, { floats: true }).tensors;
    expect(half?.data).toEqual(Float32Array.of(1, -2, 1365 / 4096, 65504));
    expect(step?.data).toEqual(Float32Array.of(-1, 2 ** 53));
    expect(mask?.data).toEqual(Float32Array.of(1, 0, 1));
  });

  it('reads a view at any address and a Buffer, by copying', () => {
    const shifted = Buffer.alloc(reference.length + 3);
    shifted.set(reference, 3);
    const read = decodeSafetensors(shifted.subarray(3));
    shifted.fill(0);
    expect(read).toEqual(decodeSafetensors(reference));
  });

  it('names the file, and the expected and the found size of a truncated one', () => {
    const size = reference.length;
    expect(() => decodeSafetensors(reference.subarray(0, size - 1), { name: 'w.safetensors' })).toThrow(
      `decodeSafetensors: w.safetensors must be ${size} bytes long as the header says, got ${size - 1}; the file is truncated`,
    );
    expect(() => decodeSafetensors(reference.subarray(0, 100))).toThrow(/at least \d+ bytes.*truncated/);
    expect(() => decodeSafetensors(new Uint8Array(5))).toThrow('at least 8 bytes long');
  });

  it.each([
    ['a byte too many', file({}, 1), 'bytes must be 10 bytes long'],
    ['something else', new TextEncoder().encode('{"not": "safetensors"}'), 'a header of at most'],
    ['no JSON', file('hello'), 'header of bytes must be JSON'],
    ['a list', file('[]'), 'header of bytes must be a JSON object'],
    ['metadata of numbers', file({ __metadata__: { step: 7 } }), 'must be an object of strings'],
    ['an entry that is no object', file({ a: 1 }), 'tensors["a"] must be an object'],
    [
      'an unknown dtype',
      file({ a: { dtype: 'F2', shape: [1], data_offsets: [0, 1] } }, 1),
      'dtype must be one of F64',
    ],
    [
      'an inherited dtype',
      file({ a: { dtype: 'toString', shape: [], data_offsets: [0, 1] } }, 1),
      'dtype must be one of F64',
    ],
    [
      'a negative size',
      file({ a: { dtype: 'U8', shape: [-1], data_offsets: [0, 1] } }, 1),
      'shape must be an array of at most 64 non-negative integers',
    ],
    [
      '100,000 axes',
      file({ a: { dtype: 'U8', shape: Array(100_000).fill(1), data_offsets: [0, 1] } }, 1),
      'got 100000',
    ],
    [
      'a product beyond all numbers',
      file({ a: { dtype: 'U8', shape: Array(60).fill(2 ** 52), data_offsets: [0, 1] } }, 1),
      'shape must be an array of',
    ],
    [
      'one offset',
      file({ a: { dtype: 'U8', shape: [1], data_offsets: [0] } }, 1),
      'data_offsets must be two increasing',
    ],
    [
      'offsets of another length than the shape',
      file({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, 4),
      'must be 8 bytes apart as F32 of shape [2] takes, got 4',
    ],
    [
      'half a byte',
      file({ a: { dtype: 'F4', shape: [3], data_offsets: [0, 1] } }, 1),
      'must be 1.5 bytes apart',
    ],
    ['a gap', file({ a: { dtype: 'U8', shape: [1], data_offsets: [1, 2] } }, 2), 'starts at byte 0'],
    [
      'an overlap',
      file(
        {
          a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] },
          b: { dtype: 'U8', shape: [2], data_offsets: [1, 3] },
        },
        3,
      ),
      'starts at byte 2',
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(RangeError);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });

  it('refuses an option that there is none of', () => {
    expect(() => decodeSafetensors(reference, { float: true } as object)).toThrow('did you mean "floats"?');
  });
});

describe('openSafetensors', () => {
  it('reads only the header and what is asked for', async () => {
    const source = watched(reference);
    const opened = await openSafetensors(source);
    const before = source.bytesRead;
    expect((await opened.read('step')).data).toEqual(BigInt64Array.of(-1n, 9007199254740993n));
    expect(source.bytesRead - before).toBe(16);
    expect((await opened.read('half')).data).toEqual(Float32Array.of(1, -2, 1365 / 4096, 65504));
    expect((await opened.readEntry('half')).data).toBeInstanceOf(Uint16Array);
    await expect(opened.read('nothing')).rejects.toThrow(
      /tensor must be one of watched \("\w+", .*got "nothing"/,
    );
    await opened.close();
    expect(source.isClosed).toBe(true);
  });

  it('gives the other tensors where one is of a kind that it does not know', async () => {
    const bytes = file(
      {
        a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
        b: { dtype: 'F2', shape: [9], data_offsets: [1, 4] },
      },
      4,
    );
    const opened = await openSafetensors(watched(bytes));
    expect((await opened.read('a')).data).toEqual(Uint8Array.of(0));
    await expect(opened.read('b')).rejects.toThrow('tensors["b"].dtype must be one of');
  });

  it('closes what it refuses', async () => {
    const source = watched(reference.subarray(0, 90));
    await expect(openSafetensors(source)).rejects.toThrow(RangeError);
    expect(source.isClosed).toBe(true);
  });
});
