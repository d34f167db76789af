import { checkOptions, type OptionKeys } from '@immiscible/core';
import { numpyBuilders, type NumpyObject } from './numpy-builders.js';
import { runPickle } from './pickle-machine.js';
import type { PickleValue } from './pickle-types.js';

/** What a pickle of plain data and NumPy arrays holds. */
export type NumpyPickleValue = PickleValue<NumpyObject>;

/** Options of {@link decodePickle}. */
export interface DecodePickleOptions {
  /**
   * What to call the file in error messages.
   * @defaultValue `"bytes"`
   */
  readonly name?: string;
}

const OPTIONS = { name: true } satisfies OptionKeys<DecodePickleOptions>;

/**
 * Reads a pickle of plain data: dicts, lists, tuples, texts, numbers and NumPy arrays, as CIFAR's files are. It is not an
 * interpreter: the only globals it knows are those that rebuild a NumPy array, each one a fixed function of this package,
 * and anything else that a pickle names is an error. So a file can't run code.
 *
 * @param bytes - one pickle of protocol 0 to 5; borrowed, byte strings in the result are views of it
 * @param options - what to call the file
 * @returns dicts as `Map`s, lists and tuples as arrays, NumPy arrays as {@link PickledArray}, integers beyond 2^53 as
 *   bigints; Python 2's strings are bytes
 * @throws RangeError if the file is truncated, damaged, or names a global that isn't one of NumPy's array parts
 */
export function decodePickle(bytes: Uint8Array, options: DecodePickleOptions = {}): NumpyPickleValue {
  checkOptions('decodePickle', options, OPTIONS);
  const profile = {
    constraint: 'hold data only (dicts, lists, numbers, strings, numpy arrays)',
    textStrings: false,
    ...numpyBuilders(bytes.length),
  };
  return runPickle('decodePickle', options.name ?? 'bytes', bytes, profile).value;
}
