/** A tensor as a checkpoint describes it: a view of a storage. */
export interface TorchView {
  readonly kind: 'tensor';
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** Numbers that lie elsewhere in the file. */
export interface TorchStorage {
  readonly kind: 'storage';
  /** `FloatStorage`, … */
  readonly type: string;
  readonly key: string;
  readonly count: number;
}

interface Known {
  readonly kind: 'global';
  readonly name: string;
}
const MARK = { kind: 'mark' } as const;

/** What a checkpoint can hold. */
export type TorchValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | TorchValue[]
  | Map<TorchValue, TorchValue>
  | TorchView
  | TorchStorage
  | Known;

/** The only globals that are known. None is looked up or run: each is a case below. */
const STORAGES =
  /^torch (Float|Double|Half|BFloat16|Long|Int|Short|Char|Byte|Bool)Storage$|^torch\.storage UntypedStorage$/;
const OTHERS = new Set([
  'collections OrderedDict',
  'torch._utils _rebuild_tensor_v2',
  'torch._utils _rebuild_parameter',
]);

/**
 * Reads one pickle of a PyTorch checkpoint: dicts, lists, numbers, strings and tensors. It is no interpreter: globals but
 * those of tensors and their containers are errors, so a file can't run code.
 *
 * @param start - where the pickle begins
 * @returns its value, and where it ends
 * @throws RangeError if the pickle is truncated, damaged, or names something else
 * @see Python's `pickletools`; PyTorch's `torch/serialization.py`
 */
export function readTorchPickle(
  bytes: Uint8Array,
  file: string,
  start = 0,
): { value: TorchValue; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: (TorchValue | typeof MARK)[] = [];
  const memo = new Map<number, TorchValue>();
  let at = start;
  const fail = (expected: string, found: string): never => {
    throw new RangeError(`readTorchCheckpoint: ${file} must ${expected}, got ${found} at byte ${at}`);
  };
  const take = (count: number): number => {
    if (!(count >= 0 && count <= bytes.length - at)) fail('be whole', 'its end within a pickle');
    at += count;
    return at - count;
  };
  const text = (length: number) => {
    const from = take(length);
    return new TextDecoder().decode(bytes.subarray(from, from + length));
  };
  const uint8 = () => view.getUint8(take(1));
  const uint32 = () => view.getUint32(take(4), true);
  const line = () => {
    const end = bytes.indexOf(10, at);
    const value = text(end < 0 ? Infinity : end - at);
    at++;
    return value;
  };
  const pop = (): TorchValue => {
    const value = stack.pop();
    if (value === undefined || value === MARK) return fail('be a well-formed pickle', 'an empty stack');
    return value as TorchValue;
  };
  const popToMark = (): TorchValue[] => {
    const mark = stack.lastIndexOf(MARK);
    if (mark < 0) fail('be a well-formed pickle', 'no mark');
    return stack.splice(mark).slice(1) as TorchValue[];
  };
  const top = (): TorchValue => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const setItems = (items: TorchValue[]) => {
    const map = top();
    if (!(map instanceof Map) || items.length % 2 === 1) return fail('set items of a dict', kindOf(map));
    for (let i = 0; i < items.length; i += 2) map.set(items[i] as TorchValue, items[i + 1] as TorchValue);
  };
  const append = (items: readonly TorchValue[]) => {
    const list = top();
    if (!Array.isArray(list)) return fail('append to a list', kindOf(list));
    for (const item of items) list.push(item);
  };
  const recall = (index: number) => {
    const value = memo.get(index);
    return value === undefined ? fail('recall what it stored', `empty slot ${index}`) : value;
  };
  const long = (size: number): TorchValue => {
    if (size > 16) fail('hold integers of at most 16 bytes', `${size}`);
    const from = take(size);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[from + i] as number);
    value = BigInt.asIntN(8 * size, value);
    return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value;
  };
  const global = (name: string): Known =>
    OTHERS.has(name) || STORAGES.test(name)
      ? { kind: 'global', name }
      : fail(
          'hold tensors in dicts and lists only',
          `the global ${JSON.stringify(name.replace(' ', '.').slice(0, 80))}, which is neither looked up nor run`,
        );
  /** `('storage', type, key, location, count)`. */
  const persistent = (id: TorchValue): TorchStorage => {
    const [what, type, key, , count] = Array.isArray(id) ? id : [];
    const name = isKnown(type) ? (/^torch (\w+Storage)$/.exec(type.name)?.[1] ?? '') : '';
    if (what !== 'storage' || name === '' || typeof key !== 'string' || !isCount(count)) {
      return fail('refer to storages of numbers', kindOf(id));
    }
    return { kind: 'storage', type: name, key, count };
  };
  const call = (target: TorchValue, args: TorchValue): TorchValue => {
    if (!isKnown(target) || !Array.isArray(args)) return fail('build tensors', kindOf(target));
    if (target.name === 'collections OrderedDict' && args.length === 0) return new Map();
    const [first, offset, shape, stride] = args as (TorchValue | undefined)[];
    if (target.name === 'torch._utils _rebuild_parameter' && isKind(first, 'tensor')) return first;
    const fits = Array.isArray(shape) && Array.isArray(stride) && shape.length === stride.length;
    if (target.name !== 'torch._utils _rebuild_tensor_v2' || !isKind(first, 'storage') || !fits)
      return fail('build tensors', `a call of ${target.name} with other arguments`);
    if (!isCount(offset) || shape.length > 8 || ![...shape, ...stride].every(isCount))
      return fail('build tensors with a shape', 'other numbers');
    return { kind: 'tensor', storage: first, offset, shape: shape as number[], stride: stride as number[] };
  };

  const operations: Readonly<Record<number, () => unknown>> = {
    0x80: () => void (uint8() > 5 && fail('be of pickle protocol 0 to 5', 'another')),
    0x95: () => take(8), // frame
    0x28: () => stack.push(MARK),
    0x30: () => stack.pop(),
    0x4e: () => stack.push(null),
    0x88: () => stack.push(true),
    0x89: () => stack.push(false),
    0x4b: () => stack.push(uint8()),
    0x4d: () => stack.push(view.getUint16(take(2), true)),
    0x4a: () => stack.push(view.getInt32(take(4), true)),
    0x8a: () => stack.push(long(uint8())),
    0x47: () => stack.push(view.getFloat64(take(8))),
    0x58: () => stack.push(text(uint32())),
    0x8c: () => stack.push(text(uint8())),
    0x55: () => stack.push(text(uint8())),
    0x54: () => stack.push(text(uint32())),
    0x7d: () => stack.push(new Map()),
    0x5d: () => stack.push([]),
    0x29: () => stack.push([]),
    0x6c: () => stack.push(popToMark()),
    0x74: () => stack.push(popToMark()),
    0x85: () => stack.push([pop()]),
    0x86: () => stack.push([pop(), pop()].reverse()),
    0x87: () => stack.push([pop(), pop(), pop()].reverse()),
    0x61: () => append([pop()]),
    0x65: () => append(popToMark()),
    0x73: () => setItems([pop(), pop()].reverse()),
    0x75: () => setItems(popToMark()),
    0x71: () => memo.set(uint8(), top()),
    0x72: () => memo.set(uint32(), top()),
    0x94: () => memo.set(memo.size, top()),
    0x68: () => stack.push(recall(uint8())),
    0x6a: () => stack.push(recall(uint32())),
    0x63: () => stack.push(global(`${line()} ${line()}`)),
    0x93: () => {
      const name = pop();
      stack.push(global(`${String(pop())} ${String(name)}`));
    },
    0x51: () => stack.push(persistent(pop())),
    0x52: () => {
      const args = pop();
      stack.push(call(pop(), args));
    },
    // An OrderedDict's attributes (`_metadata`): passed over.
    0x62: () => {
      pop();
      if (!(top() instanceof Map)) fail('set attributes of dicts only', kindOf(top()));
    },
  };
  while (at < bytes.length) {
    const code = bytes[at++] as number;
    if (code === 0x2e) {
      const value = pop();
      if (stack.length > 0) fail('leave one value', `${stack.length + 1}`);
      return { value, end: at };
    }
    const operation = Object.hasOwn(operations, code) ? operations[code] : undefined;
    if (!operation)
      return fail('hold tensors in dicts and lists only', `the operation 0x${code.toString(16)}`);
    operation();
  }
  return fail('be whole', 'its end within a pickle');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isKind<K extends 'tensor' | 'storage'>(
  value: TorchValue | undefined,
  kind: K,
): value is Extract<TorchView | TorchStorage, { kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

function isKnown(value: TorchValue | undefined): value is Known {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'global';
}

function kindOf(value: TorchValue): string {
  if (value === null) return 'None';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a dict';
  return typeof value === 'object' ? `a ${value.kind}` : `a ${typeof value}`;
}
