import {
  kindOf,
  PickleGlobal,
  type PickleMap,
  type PickleProfile,
  type PickleValue,
} from './pickle-types.js';
import { pickleReader } from './pickle-reader.js';
import { hex, latin1, quote } from './text.js';

const MARK: unique symbol = Symbol('mark');

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
  type Value = PickleValue<T>;
  const fail = (expected: string, found: string): never => {
    throw new RangeError(`${fn}: ${name} must ${expected}, got ${found} at byte ${read.at()}`);
  };
  const read = pickleReader(bytes, start, fail);
  const stack: (Value | typeof MARK)[] = [];
  const memo = new Map<number, Value>();

  const push = (value: Value): void => void stack.push(value);
  const pop = (): Value => {
    const value = stack.pop();
    if (value === undefined || value === MARK)
      return fail('be a well-formed pickle', 'a value missing on the stack');
    return value;
  };
  const popToMark = (): Value[] => {
    const index = stack.lastIndexOf(MARK);
    if (index < 0) fail('be a well-formed pickle', 'no mark on the stack');
    const values = stack.splice(index + 1) as Value[];
    stack.pop();
    return values;
  };
  const top = (): Value => {
    const value = pop();
    push(value);
    return value;
  };
  const append = (values: readonly Value[]): void => {
    const list = top();
    if (!Array.isArray(list)) return fail('append to a list', kindOf(list));
    for (const value of values) list.push(value);
  };
  const key = (value: Value): string | number => {
    if (typeof value === 'string' || typeof value === 'number') return value;
    // Short ones only: a long one, recalled again and again, would be turned into text each time.
    if (value instanceof Uint8Array && value.length <= 1024) return latin1(value);
    return fail('have texts or numbers as keys', kindOf(value));
  };
  const setItems = (items: readonly Value[]): void => {
    const map = top();
    if (!(map instanceof Map)) return fail('set items of a dict', kindOf(map));
    if (items.length % 2 === 1) fail('hold a value for each key', 'an odd number of items');
    for (let i = 0; i < items.length; i += 2)
      (map as PickleMap<T>).set(key(items[i] as Value), items[i + 1] as Value);
  };
  const recall = (index: number): Value =>
    memo.has(index)
      ? (memo.get(index) as Value)
      : fail('recall what it stored', `slot ${index}, which is empty`);
  const define = (index: number): void => void memo.set(index, top());
  const string = (content: Uint8Array): Value => (profile.textStrings ? latin1(content) : content);
  const globalOf = (path: string): PickleGlobal<T> => {
    const call = profile.global(path);
    if (call) return new PickleGlobal(path, call);
    return fail(profile.constraint, `the global ${quote(path)}, which is neither looked up nor run`);
  };
  const guarded = <R>(body: () => R): R => {
    try {
      return body();
    } catch (error) {
      return fail(profile.constraint, error instanceof Error ? error.message : String(error));
    }
  };
  const reduce = (): void => {
    const args = pop();
    const target = pop();
    if (!(target instanceof PickleGlobal) || !Array.isArray(args)) {
      return fail(profile.constraint, `a call of ${kindOf(target)}`);
    }
    push(guarded(() => target.call(args)));
  };

  const operations: Readonly<Record<number, () => void>> = {
    0x80: () => void (read.uint8() > 5 && fail('be of pickle protocol 0 to 5', 'another protocol')),
    0x95: () => void read.take(8), // FRAME
    0x28: () => void stack.push(MARK),
    0x30: () => void stack.pop(), // POP
    0x31: () => void popToMark(), // POP_MARK
    0x32: () => push(top()), // DUP
    0x4e: () => push(null),
    0x88: () => push(true),
    0x89: () => push(false),
    0x4b: () => push(read.uint8()), // BININT1
    0x4d: () => push(read.uint16()), // BININT2
    0x4a: () => push(read.int32()), // BININT
    0x49: () => push(read.decimal()), // INT
    0x4c: () => push(read.decimal()), // LONG
    0x46: () => push(read.decimal()), // FLOAT
    0x8a: () => push(read.long(read.uint8())), // LONG1
    0x8b: () => push(read.long(read.uint32())), // LONG4
    0x47: () => push(read.float64()), // BINFLOAT
    0x53: () => push(string(read.quoted())), // STRING
    0x55: () => push(string(read.take(read.uint8()))), // SHORT_BINSTRING
    0x54: () => push(string(read.take(read.uint32()))), // BINSTRING
    0x56: () => push(read.escaped()), // UNICODE
    0x8c: () => push(read.utf8(read.uint8())), // SHORT_BINUNICODE
    0x58: () => push(read.utf8(read.uint32())), // BINUNICODE
    0x8d: () => push(read.utf8(read.uint64())), // BINUNICODE8
    0x43: () => push(read.take(read.uint8())), // SHORT_BINBYTES
    0x42: () => push(read.take(read.uint32())), // BINBYTES
    0x8e: () => push(read.take(read.uint64())), // BINBYTES8
    0x96: () => push(read.take(read.uint64())), // BYTEARRAY8
    0x5d: () => push([]), // EMPTY_LIST
    0x29: () => push([]), // EMPTY_TUPLE
    0x7d: () => push(new Map()), // EMPTY_DICT
    0x6c: () => push(popToMark()), // LIST
    0x74: () => push(popToMark()), // TUPLE
    0x64: () => {
      const items = popToMark();
      push(new Map());
      setItems(items);
    }, // DICT
    0x85: () => push([pop()]),
    0x86: () => push([pop(), pop()].reverse()),
    0x87: () => push([pop(), pop(), pop()].reverse()),
    0x61: () => append([pop()]), // APPEND
    0x65: () => append(popToMark()), // APPENDS
    0x73: () => setItems([pop(), pop()].reverse()), // SETITEM
    0x75: () => setItems(popToMark()), // SETITEMS
    0x70: () => define(Number(read.decimal())), // PUT
    0x71: () => define(read.uint8()), // BINPUT
    0x72: () => define(read.uint32()), // LONG_BINPUT
    0x94: () => define(memo.size), // MEMOIZE
    0x67: () => push(recall(Number(read.decimal()))), // GET
    0x68: () => push(recall(read.uint8())), // BINGET
    0x6a: () => push(recall(read.uint32())), // LONG_BINGET
    0x63: () => push(globalOf(`${read.line()}.${read.line()}`)), // GLOBAL
    0x93: () => {
      const identifier = key(pop());
      push(globalOf(`${key(pop())}.${identifier}`));
    }, // STACK_GLOBAL
    0x52: reduce, // REDUCE
    0x81: reduce, // NEWOBJ
    0x62: () => {
      const state = pop();
      guarded(() => profile.setState(top(), state));
    }, // BUILD
    0x51: () => {
      const id = pop();
      push(
        guarded(() => profile.persistent?.(id) ?? fail(profile.constraint, 'a reference to something else')),
      );
    }, // BINPERSID
  };

  while (read.at() < bytes.length) {
    const code = read.uint8();
    if (code === 0x2e) {
      const value = pop();
      if (stack.length > 0) fail('leave one value', `${stack.length + 1}`);
      return { value, end: read.at() };
    }
    const operation = operations[code];
    if (operation === undefined) return fail(profile.constraint, `the operation ${hex(Uint8Array.of(code))}`);
    operation();
  }
  return fail('end with a stop', 'the end of the file (truncated)');
}
