/** What a pickle can hold: plain data, and what a profile builds of the few globals that it knows (`T`). */
export type PickleValue<T = never> =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue<T>[]
  | PickleMap<T>
  | PickleGlobal<T>
  | T;

/** A Python dict. Keys that were `bytes` are text. */
export type PickleMap<T = never> = Map<string | number, PickleValue<T>>;

/** A known global, before it is called. */
export class PickleGlobal<T> {
  readonly name: string;
  readonly call: (args: readonly PickleValue<T>[]) => PickleValue<T>;
  constructor(name: string, call: (args: readonly PickleValue<T>[]) => PickleValue<T>) {
    this.name = name;
    this.call = call;
  }
}

/** What one kind of file may hold. Errors that its functions throw are told with the file's name and place. */
export interface PickleProfile<T> {
  /** For messages: `"hold data only (dicts, lists, …)"`. */
  readonly constraint: string;
  /** Python 2's byte strings are text, not bytes. */
  readonly textStrings: boolean;
  /** The builder behind `module.name`; undefined if it must not be read. */
  global(name: string): PickleGlobal<T>['call'] | undefined;
  /** Python's `__setstate__`. */
  setState(target: PickleValue<T>, state: PickleValue<T>): void;
  /** What a persistent id stands for. */
  persistent?(id: PickleValue<T>): PickleValue<T>;
}

/** What a value is, for messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'None';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a dict';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof PickleGlobal) return value.name;
  return typeof value === 'object' ? `a ${(value as object).constructor.name}` : `a ${typeof value}`;
}
