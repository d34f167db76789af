import { pickleOperations } from './pickle-operations.js';
import { pickleReader } from './pickle-reader.js';
import { pickleStack } from './pickle-stack.js';
import type { PickleProfile, PickleValue } from './pickle-types.js';
import { hex } from './text.js';

/**
 * Reads one pickle. It is no interpreter: the only globals are those that the profile knows, each one a fixed function of
 * this package, and anything else that a pickle names is an error. So a file can't run code.
 *
 * Protocols 0 to 5, as far as data use them.
 *
 * @param start - where the pickle begins
 * @returns its value, and where it ends
 * @throws RangeError if the pickle is truncated, damaged, or names a global that the profile doesn't know
 * @see Python's `pickletools`, for the operation codes
 */
export function runPickle<T>(
  fn: string,
  name: string,
  bytes: Uint8Array,
  profile: PickleProfile<T>,
  start: number = 0,
): { readonly value: PickleValue<T>; readonly end: number } {
  const fail = (expected: string, found: string): never => {
    throw new RangeError(`${fn}: ${name} must ${expected}, got ${found} at byte ${read.at()}`);
  };
  const read = pickleReader(bytes, start, fail);
  const stack = pickleStack<T>(fail);
  const operations = pickleOperations(read, stack, profile, fail);
  while (read.at() < bytes.length) {
    const code = read.uint8();
    if (code === 0x2e) {
      const value = stack.pop();
      if (stack.size() > 0) fail('leave one value', `${stack.size() + 1}`);
      return { value, end: read.at() };
    }
    const operation = operations[code];
    if (operation === undefined) return fail(profile.constraint, `the operation ${hex(Uint8Array.of(code))}`);
    operation();
  }
  return fail('end with a stop', 'the end of the file (truncated)');
}
