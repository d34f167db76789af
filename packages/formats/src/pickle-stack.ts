import { kindOf, type PickleMap, type PickleValue } from './pickle-types.js';
import { latin1 } from './text.js';

const MARK: unique symbol = Symbol('mark');

/** The stack and the memo that a pickle's operations work on. */
export interface PickleStack<T> {
  /** How many values there are, marks too. */
  size(): number;
  mark(): void;
  push(value: PickleValue<T>): void;
  pop(): PickleValue<T>;
  /** Takes whatever is on top away, a mark too. */
  drop(): void;
  /** All values above the last mark, which goes too. */
  popToMark(): PickleValue<T>[];
  top(): PickleValue<T>;
  /** To the list on top. */
  append(values: readonly PickleValue<T>[]): void;
  /** Keys and values in turn, of the dict on top. */
  setItems(items: readonly PickleValue<T>[]): void;
  /** A value as a dict's key, or as a name. */
  key(value: PickleValue<T>): string | number;
  /** Stores the value on top under a number; the next one, if none is given. */
  define(index?: number): void;
  recall(index: number): PickleValue<T>;
}

/** An empty stack; `fail` throws. */
export function pickleStack<T>(fail: (expected: string, found: string) => never): PickleStack<T> {
  type Value = PickleValue<T>;
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
  const define = (index: number = memo.size): void => void memo.set(index, top());
  return {
    size: () => stack.length,
    mark: () => void stack.push(MARK),
    drop: () => void stack.pop(),
    ...{ push, pop, popToMark, top, append, setItems, key, define, recall },
  };
}
