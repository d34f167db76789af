import { existsSync } from 'node:fs';
import type { NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';
import { fixtureBytes } from '../test/fixture.js';
import { decodePickle } from './decode-pickle.js';
import type { Numbers } from './element-types.js';
import { decodeNpy } from './npy.js';
import { PickledArray } from './numpy-builders.js';

const data = decodeNpy(fixtureBytes('data.npy'));
const numbers = [0, 1, 2.5, -3, 100, 7];
const matrix = (array: NdArray<Numbers>) => [0, 1].flatMap((i) => [0, 1, 2].map((j) => array.get(i, j)));
const ascii = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

describe('decodePickle', () => {
  it.each([0, 1, 2, 3, 4, 5])(
    'reads what Python pickled by protocol %i (test/fixtures/make.py)',
    (protocol) => {
      const map = decodePickle(fixtureBytes(`data-${protocol}.pickle`)) as Map<string, unknown>;
      const { array } = map.get('data') as PickledArray;
      expect([array.shape, array.data]).toEqual([[4, 30], data.data]);
      expect(map.get('labels')).toEqual([3, 1, 4, 1]);
      expect([map.get('text'), map.get('float'), map.get('big'), map.get('none')]).toEqual([
        'ü€😀',
        -0.5,
        2n ** 70n,
        null,
      ]);
      expect([map.get('flags'), map.get('scalar')]).toEqual([[true, false], 1.25]);
      for (const key of ['fortran', 'big-endian']) {
        const array = map.get(key) as PickledArray;
        expect([array.array.shape, matrix(array.array)]).toEqual([[2, 3], numbers]);
        expect(array.fortran).toBe(key === 'fortran');
      }
    },
  );

  it("reads Python 2's strings, and its name of NumPy's module", () => {
    const map = decodePickle(fixtureBytes('data-python2.pickle')) as Map<string, unknown>;
    expect((map.get('data') as PickledArray).array.data).toEqual(data.data);
    expect(map.get('labels')).toEqual([3, 1, 4, 1]);
  });

  it('runs nothing that a pickle names: it is an error that says what', () => {
    expect(() => decodePickle(fixtureBytes('evil.pickle'), { name: 'evil' })).toThrow(
      /evil must hold data only .* got the global "posix.system", which is neither looked up nor run/,
    );
    expect(existsSync('code-ran')).toBe(false);
  });

  it.each([
    ['nothing', '', 'must end with a stop'],
    ['a text cut off', 'X\xff\0\0\0ab', 'hold 255 more bytes, got 2'],
    ['no value', '.', 'a value missing on the stack'],
    ['two values', 'NN.', 'must leave one value, got 2'],
    ['a slot that is empty', 'h\x05.', 'slot 5, which is empty'],
    ['an unknown operation', '\xff.', 'the operation ff'],
    ['a mark missing', 't.', 'no mark on the stack'],
    ['protocol 9', '\x80\x09.', 'of pickle protocol 0 to 5'],
    ['no UTF-8', 'X\x01\0\0\0\xff.', 'hold texts in UTF-8'],
    ['a call of a list', '])R.', 'a call of a list'],
    ['a list as a key', '}]Ns.', 'texts or numbers as keys, got a list'],
    ['no number', 'Ihello\n.', 'hold decimal numbers'],
    ['a huge integer', '\x8b\xff\xff\xff\x7f', 'integers of at most 17 bytes'],
  ])('refuses %s', (_, text, message) => {
    expect(() => decodePickle(ascii(text))).toThrow(RangeError);
    expect(() => decodePickle(ascii(text))).toThrow(message);
  });

  it('builds no more than the file can hold: one array told again and again', () => {
    // 1 MB of bytes in slot 0, then 1,000 arrays of them.
    const size = 1_000_000;
    const head = `B${String.fromCharCode(size & 255, (size >> 8) & 255, size >> 16, 0)}${'a'.repeat(size)}q\0`;
    const array = 'cnumpy.core.numeric\n_frombuffer\n(h\0cnumpy\ndtype\n(U\x02u1tR(J@\x42\x0f\0tU\x01CtR';
    expect(() => decodePickle(ascii(`(${head}${array}l.`))).not.toThrow();
    expect(() => decodePickle(ascii(`(${head}${array.repeat(1000)}l.`))).toThrow(
      'far more memory than the file',
    );
  });

  it('shares what is told once, so that a list of lists of lists takes no time', () => {
    // Each list holds the one before twice: 2^100 numbers, if one were to count them.
    const nested = Array.from(
      { length: 100 },
      (_, i) => `q${String.fromCharCode(i)}0(h${String.fromCharCode(i)}h${String.fromCharCode(i)}l`,
    );
    expect(decodePickle(ascii(`(K\x01l${nested.join('')}.`))).toHaveLength(2);
    expect(() => decodePickle(ascii(`cnumpy\ndtype\n((K\x01l${nested.join('')}tR.`))).toThrow(
      'the dtype "a list"',
    );
  });
});
