import type { PickleReader } from './pickle-reader.js';
import type { PickleStack } from './pickle-stack.js';
import { kindOf, PickleGlobal, type PickleProfile, type PickleValue } from './pickle-types.js';
import { latin1, quote } from './text.js';

/** What each operation code does. */
export type PickleOperations = Readonly<Record<number, () => void>>;

type Fail = (expected: string, found: string) => never;

/**
 * The operations of protocols 0 to 5, as far as data use them.
 *
 * @see Python's `pickletools`
 */
export function pickleOperations<T>(
  read: PickleReader,
  stack: PickleStack<T>,
  profile: PickleProfile<T>,
  fail: Fail,
): PickleOperations {
  return {
    0x80: () => void (read.uint8() > 5 && fail('be of pickle protocol 0 to 5', 'another protocol')),
    0x95: () => void read.take(8), // FRAME
    ...valueOperations(read, stack, profile.textStrings),
    ...containerOperations(read, stack),
    ...globalOperations(read, stack, profile, fail),
  };
}

/** Those that push a value which the file holds. */
function valueOperations<T>(
  read: PickleReader,
  { push }: PickleStack<T>,
  textStrings: boolean,
): PickleOperations {
  const string = (content: Uint8Array): PickleValue<T> => (textStrings ? latin1(content) : content);
  return {
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
  };
}

/** Those that move values on the stack, put them into lists and dicts, or store them. */
function containerOperations<T>(read: PickleReader, stack: PickleStack<T>): PickleOperations {
  const { mark, push, pop, drop, popToMark, top, append, setItems, define, recall } = stack;
  return {
    0x28: () => mark(),
    0x30: () => drop(), // POP
    0x31: () => void popToMark(), // POP_MARK
    0x32: () => push(top()), // DUP
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
    0x94: () => define(), // MEMOIZE
    0x67: () => push(recall(Number(read.decimal()))), // GET
    0x68: () => push(recall(read.uint8())), // BINGET
    0x6a: () => push(recall(read.uint32())), // LONG_BINGET
  };
}

/** Those that build something by a name of the profile. */
function globalOperations<T>(
  read: PickleReader,
  { push, pop, top, key }: PickleStack<T>,
  profile: PickleProfile<T>,
  fail: Fail,
): PickleOperations {
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

  return {
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
}
