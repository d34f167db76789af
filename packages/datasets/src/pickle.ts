import { hex, latin1 } from './bytes.js';
import { callable, type PickleCallable, PickledArray, PickledDtype, setState } from './pickle-numpy.js';

/** What a data pickle can hold. Python's `str` and Python 2's byte strings both come as `Uint8Array` or `string`. */
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly PickleValue[]
  | PickleMap
  | PickledArray
  | PickledDtype
  | PickleCallable;

/** A Python dict. Keys are as text, whether they were `str` or `bytes`. */
export type PickleMap = Map<string, PickleValue>;

interface Mark {
  readonly mark: true;
}
const MARK: Mark = { mark: true };

/**
 * Reads a pickle of plain data: dicts, lists, tuples, strings, numbers and numpy arrays. It is not an interpreter:
 * the only globals it knows are those that rebuild a numpy array, each one a fixed function of this package, and
 * anything else that a pickle names is an error. So a file can't run code.
 *
 * Protocols 0 to 5, as far as data of these kinds use them.
 *
 * @param name - what to call the file in error messages
 * @throws RangeError if the file is truncated, damaged, or names a global that isn't one of numpy's array parts
 * @see Python's `pickletools`, for the operation codes
 */
export function readPickle(bytes: Uint8Array, name = 'bytes'): PickleValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: (PickleValue | Mark)[] = [];
  const memo = new Map<number, PickleValue>();
  let at = 0;

  const fail = (expected: string, found: string): never => {
    throw new RangeError(`readPickle: ${name} must ${expected}, got ${found} at byte ${at}`);
  };
  const take = (count: number): Uint8Array => {
    if (!(count >= 0 && count <= bytes.length - at)) {
      fail(`hold ${count} more bytes`, `${bytes.length - at} (truncated or damaged)`);
    }
    at += count;
    return bytes.subarray(at - count, at);
  };
  const number = (size: number, read: (position: number) => number | bigint): number => {
    take(size);
    return Number(read(at - size));
  };
  const uint8 = () => number(1, (p) => view.getUint8(p));
  const uint16 = () => number(2, (p) => view.getUint16(p, true));
  const int32 = () => number(4, (p) => view.getInt32(p, true));
  const uint32 = () => number(4, (p) => view.getUint32(p, true));
  const uint64 = () => number(8, (p) => view.getBigUint64(p, true));
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    if (end < 0) fail('end its line', 'the end of the file');
    const text = latin1(take(end - at));
    at++;
    return text;
  };
  const pop = (): PickleValue => {
    const value = stack.pop();
    if (value === undefined || value === MARK)
      fail('be a well-formed pickle', 'a value missing on the stack');
    return value as PickleValue;
  };
  const popToMark = (): PickleValue[] => {
    const index = stack.lastIndexOf(MARK);
    if (index < 0) fail('be a well-formed pickle', 'no mark on the stack');
    const values = stack.splice(index) as PickleValue[];
    values.shift();
    return values;
  };
  const top = (): PickleValue => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const list = (): PickleValue[] => {
    const value = top();
    return Array.isArray(value) ? (value as PickleValue[]) : fail('append to a list', describe(value));
  };
  const setItems = (items: readonly PickleValue[]): void => {
    const map = top();
    if (!(map instanceof Map)) return fail('set items of a dict', describe(map));
    if (items.length % 2 === 1) fail('hold a value for each key', 'an odd number of items');
    for (let i = 0; i < items.length; i += 2)
      map.set(text(items[i] as PickleValue), items[i + 1] as PickleValue);
  };
  const text = (value: PickleValue): string => {
    if (typeof value === 'string') return value;
    if (value instanceof Uint8Array) return latin1(value);
    return typeof value === 'number' ? String(value) : fail('have texts or numbers as keys', describe(value));
  };
  const long = (size: number): number => {
    const digits = take(size);
    if (size > 8) fail('hold integers of at most 8 bytes', `${size} bytes`);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(digits[i] as number);
    return Number(size === 0 ? 0n : BigInt.asIntN(8 * size, value));
  };
  const quoted = (): Uint8Array => {
    const match = /^(['"])([^\\]*)\1$/.exec(line());
    if (!match) fail('hold plain quoted strings', 'an escape or no quotes');
    return Uint8Array.from((match as RegExpExecArray)[2] as string, (c) => c.charCodeAt(0));
  };
  const decimal = (): number | boolean => {
    const digits = line();
    if (digits === '00' || digits === '01') return digits === '01';
    const value = digits.trim() === '' ? NaN : Number(digits.replace(/L$/, ''));
    return Number.isFinite(value) ? value : fail('hold decimal numbers', JSON.stringify(digits.slice(0, 20)));
  };
  const recall = (index: number): PickleValue => {
    if (!memo.has(index)) fail('recall what it stored', `slot ${index}, which is empty`);
    return memo.get(index) as PickleValue;
  };
  const global = (module: string, identifier: string): PickleCallable =>
    callable(module, identifier) ??
    fail(
      'hold data only (dicts, lists, numbers, strings, numpy arrays)',
      `the global ${JSON.stringify(`${module}.${identifier}`.slice(0, 80))}, which is not read and not run`,
    );
  const guarded = <T>(body: () => T): T => {
    try {
      return body();
    } catch (error) {
      return fail('rebuild a numpy array', error instanceof Error ? error.message : String(error));
    }
  };
  const utf8 = (size: number): string => new TextDecoder().decode(take(size));
  const define = (index: number): void => void memo.set(index, top());

  const operations: Readonly<Record<string, () => void>> = {
    '\x80': () => void (uint8() > 5 && fail('be of protocol 0 to 5', `protocol ${bytes[at - 1]}`)),
    '\x95': () => void take(8),
    '(': () => void stack.push(MARK),
    '0': () => void stack.pop(),
    '1': () => void popToMark(),
    '2': () => void stack.push(top()),
    N: () => void stack.push(null),
    '\x88': () => void stack.push(true),
    '\x89': () => void stack.push(false),
    K: () => void stack.push(uint8()),
    M: () => void stack.push(uint16()),
    J: () => void stack.push(int32()),
    I: () => void stack.push(decimal()),
    L: () => void stack.push(decimal()),
    F: () => void stack.push(decimal()),
    '\x8a': () => void stack.push(long(uint8())),
    G: () => void stack.push(number(8, (p) => view.getFloat64(p))),
    S: () => void stack.push(quoted()),
    V: () => void stack.push(line()),
    U: () => void stack.push(take(uint8())),
    T: () => void stack.push(take(int32())),
    C: () => void stack.push(take(uint8())),
    B: () => void stack.push(take(uint32())),
    '\x8e': () => void stack.push(take(uint64())),
    '\x96': () => void stack.push(take(uint64())),
    '\x8c': () => void stack.push(utf8(uint8())),
    X: () => void stack.push(utf8(uint32())),
    '\x8d': () => void stack.push(utf8(uint64())),
    ']': () => void stack.push([]),
    ')': () => void stack.push([]),
    '}': () => void stack.push(new Map()),
    l: () => void stack.push(popToMark()),
    t: () => void stack.push(popToMark()),
    d: () => {
      const items = popToMark();
      stack.push(new Map());
      setItems(items);
    },
    '\x85': () => void stack.push([pop()]),
    '\x86': () => void stack.push([pop(), pop()].reverse()),
    '\x87': () => void stack.push([pop(), pop(), pop()].reverse()),
    a: () => {
      const value = pop();
      list().push(value);
    },
    e: () => {
      const values = popToMark();
      const target = list();
      for (const value of values) target.push(value);
    },
    s: () => {
      const value = pop();
      setItems([pop(), value]);
    },
    u: () => setItems(popToMark()),
    p: () => define(Number(decimal())),
    q: () => define(uint8()),
    r: () => define(uint32()),
    '\x94': () => define(memo.size),
    g: () => void stack.push(recall(Number(decimal()))),
    h: () => void stack.push(recall(uint8())),
    j: () => void stack.push(recall(uint32())),
    c: () => void stack.push(global(line(), line())),
    '\x93': () => {
      const identifier = text(pop());
      stack.push(global(text(pop()), identifier));
    },
    R: () => {
      const args = pop();
      const target = pop();
      if (typeof target !== 'function' || !Array.isArray(args)) {
        return fail('call one of the array builders', describe(target));
      }
      stack.push(guarded(() => target(args as PickleValue[])));
    },
    b: () => {
      const state = pop();
      guarded(() => setState(top(), state));
    },
  };

  while (at < bytes.length) {
    const code = String.fromCharCode(bytes[at++] as number);
    if (code === '.') {
      const result = pop();
      if (stack.length > 0) fail('leave one value', `${stack.length + 1}`);
      return result;
    }
    const operation = Object.hasOwn(operations, code) ? operations[code] : undefined;
    if (operation === undefined) {
      at--;
      return fail('be a pickle of plain data', `the operation ${hex(bytes.subarray(at, at + 1))}`);
    }
    operation();
  }
  return fail('end with a stop', 'the end of the file (truncated)');
}

function describe(value: PickleValue): string {
  if (value === null) return 'None';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? `a ${value.constructor.name}` : `a ${typeof value}`;
}
