import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { openZip } from '@immiscible/datasets/node';
import type { CheckpointTensors } from '../inception-weights.js';
import { readTorchPickle, type TorchStorage, type TorchValue, type TorchView } from './torch-pickle.js';

/** A checkpoint's tensors and where they are from. */
export interface TorchCheckpoint {
  /** By name, as float32 in row-major order. */
  readonly tensors: CheckpointTensors;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
}

/** What the older kind of file begins with, as a pickled integer. */
const MAGIC = 0x1950a86a20f9469cfc6cn;

/** Bytes of an element, and how to read one, little-endian. */
const TYPES: Readonly<Record<string, readonly [number, (view: DataView, at: number) => number]>> = {
  FloatStorage: [4, (view, at) => view.getFloat32(at, true)],
  DoubleStorage: [8, (view, at) => view.getFloat64(at, true)],
  HalfStorage: [2, (view, at) => half(view.getUint16(at, true))],
  BFloat16Storage: [2, (view, at) => bfloat(view.getUint16(at, true))],
  LongStorage: [8, (view, at) => Number(view.getBigInt64(at, true))],
  IntStorage: [4, (view, at) => view.getInt32(at, true)],
  ShortStorage: [2, (view, at) => view.getInt16(at, true)],
  CharStorage: [1, (view, at) => view.getInt8(at)],
  ByteStorage: [1, (view, at) => view.getUint8(at)],
  BoolStorage: [1, (view, at) => view.getUint8(at)],
};

/**
 * Reads the tensors of a `.pth` file that `torch.save` wrote: a state dict, in the zip format or the one before it.
 *
 * No code runs: the pickle inside is read by {@link readTorchPickle}, which knows tensors, dicts and lists only.
 *
 * @throws RangeError if the file is damaged, too large (1 GiB), names a global that isn't one of a tensor's parts, or is
 *   no dict of tensors
 * @throws Error if the file can't be read
 */
export async function readTorchCheckpoint(path: string): Promise<TorchCheckpoint> {
  const file = new Uint8Array(await readFile(path));
  const sha256 = createHash('sha256').update(file).digest('hex');
  const zipped = file[0] === 0x50 && file[1] === 0x4b;
  const { value, storages } = zipped ? await readZip(path) : readLegacy(path, file);
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  if (!(value instanceof Map)) return fail(path, 'hold a dict of tensors', 'something else');
  for (const [name, view] of value) {
    if (typeof view !== 'object' || view === null || !('kind' in view) || view.kind !== 'tensor') continue;
    const bytes = await storages(view.storage);
    tensors.set(String(name), { shape: view.shape, data: gather(path, String(name), view, bytes) });
  }
  if (tensors.size === 0) fail(path, 'hold a dict of tensors', 'no tensor');
  return { tensors, sha256 };
}

interface Content {
  readonly value: TorchValue;
  readonly storages: (storage: TorchStorage) => Promise<Uint8Array> | Uint8Array;
}

async function readZip(path: string): Promise<Content> {
  const zip = await openZip(path);
  try {
    const name = zip.names.find((name) => /^[^/]+\/data\.pkl$/.test(name));
    if (name === undefined) return fail(path, 'hold data.pkl', `${zip.names.length} other files`);
    const folder = name.slice(0, -'data.pkl'.length);
    if (zip.names.includes(`${folder}byteorder`)) {
      const order = new TextDecoder().decode(await zip.read(`${folder}byteorder`));
      if (order !== 'little') fail(path, 'be little-endian', JSON.stringify(order.slice(0, 20)));
    }
    const { value } = readTorchPickle(await zip.read(name), `${path}: ${name}`);
    const storages = new Map<string, Uint8Array>();
    for (const key of zip.names.filter((name) => name.startsWith(`${folder}data/`))) {
      storages.set(key.slice(folder.length + 5), await zip.read(key));
    }
    return {
      value,
      storages: ({ key }) => storages.get(key) ?? fail(path, `hold data/${key.slice(0, 40)}`, 'none'),
    };
  } finally {
    await zip.close();
  }
}

/** Five pickles (magic, version, machine, content, keys of the storages) and the storages, each after its length. */
function readLegacy(path: string, file: Uint8Array): Content {
  let end = 0;
  const next = () => {
    const result = readTorchPickle(file, path, end);
    end = result.end;
    return result.value;
  };
  const magic = file[0] === 0x80 ? next() : null;
  if (magic !== MAGIC) return fail(path, "be torch.save's (a zip, or the format before)", 'another file');
  next();
  const machine = next();
  if (machine instanceof Map && machine.get('little_endian') === false) {
    fail(path, 'be little-endian', 'big-endian numbers');
  }
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) return fail(path, 'list its storages', 'something else');
  const sizes = new Map<string, TorchStorage>();
  for (const storage of storagesOf(value)) sizes.set(storage.key, storage);
  const storages = new Map<string, Uint8Array>();
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (const key of keys) {
    const storage = sizes.get(String(key));
    if (storage === undefined) return fail(path, 'use each storage it lists', 'one that no tensor uses');
    if (end + 8 > file.length) fail(path, 'be whole', 'its end within the storages');
    const bytes = Number(view.getBigInt64(end, true)) * (TYPES[storage.type]?.[0] ?? 0);
    end += 8;
    if (!(bytes >= 0 && bytes <= file.length - end)) fail(path, 'be whole', 'its end within the storages');
    storages.set(storage.key, file.subarray(end, end + bytes));
    end += bytes;
  }
  return {
    value,
    storages: ({ key }) => storages.get(key) ?? fail(path, 'list its storages', 'one missing'),
  };
}

function storagesOf(value: TorchValue): TorchStorage[] {
  const values = value instanceof Map ? [...value.values()] : [];
  return values.flatMap((one) =>
    typeof one === 'object' && one !== null && 'kind' in one && one.kind === 'tensor' ? [one.storage] : [],
  );
}

/** The view's elements in row-major order. */
function gather(path: string, name: string, tensor: TorchView, bytes: Uint8Array): Float32Array {
  const { storage, offset, shape, stride } = tensor;
  const [size, read] = TYPES[storage.type] ?? fail(path, `hold numbers in ${name}`, storage.type);
  const count = shape.reduce((product, length) => product * length, 1);
  const last = shape.reduce((at, length, axis) => at + (length - 1) * (stride[axis] as number), offset);
  const there = bytes.length / size;
  // What a stride of 0 repeats could be larger than memory.
  if (count > 0 && !(last < there && count <= there)) {
    fail(path, `hold ${count} numbers of ${name}`, `${there} in its storage`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = new Float32Array(count);
  const index = shape.map(() => 0);
  let at = offset;
  for (let i = 0; i < count; i++) {
    data[i] = read(view, at * size);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += stride[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      at -= (shape[axis] as number) * (stride[axis] as number);
      index[axis] = 0;
    }
  }
  return data;
}

function fail(path: string, expected: string, found: string): never {
  throw new RangeError(`readTorchCheckpoint: ${path} must ${expected}, got ${found}`);
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function bfloat(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits << 16);
  return view.getFloat32(0);
}
