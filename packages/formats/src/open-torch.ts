import { checkBytes, checkOptions, type OptionKeys, rowMajor } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { namesText } from './archive-names.js';
import { type ByteSource, bytesSource, owning, readBytes } from './byte-source.js';
import { floatEntry } from './decode-safetensors.js';
import type { Numbers } from './element-types.js';
import { runPickle } from './pickle-machine.js';
import { DTYPES, type FloatEntry, isDtype, type SafetensorsEntry } from './safetensors-dtype.js';
import { quote } from './text.js';
import { readLegacyTorch } from './torch-legacy.js';
import { namedTensors } from './torch-names.js';
import { torchProfile, type TorchStorage, type TorchTensor, type TorchValue } from './torch-pickle.js';
import { openZip } from './zip.js';

/** A file that `torch.save` wrote. Its tensors are read when they are asked for. */
export interface TorchFile {
  /** All that was saved; tensors as descriptions. */
  readonly value: TorchValue;
  /** The tensors by name; those of nested dicts and lists with their path, `"model.layer.weight"`, `"states.0.step"`. */
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** One tensor as numbers, row-major: 16- and 8-bit floating point widened to float32, complex with a last axis of 2. */
  read(tensor: string): Promise<NdArray<Numbers>>;
  /** Tensors as float32, row-major. @param tensors - which; @defaultValue all */
  readFloats(tensors?: readonly string[]): Promise<Map<string, FloatEntry>>;
  /** Closes its source. */
  close(): Promise<void>;
}

/** Options of {@link openTorch}. */
export interface OpenTorchOptions {
  /**
   * Keep objects of classes that aren't tensors or their containers (`argparse.Namespace`, a trainer's settings) as
   * `PickledObject`s, which is data: nothing is run in either case.
   * @defaultValue false: such a file is an error that names the class
   */
  readonly keepUnknown?: boolean;
}

const OPTIONS = { keepUnknown: true } satisfies OptionKeys<OpenTorchOptions>;
const fn = 'openTorch';

/**
 * Opens a PyTorch checkpoint (`.pt`, `.pth`, `.ckpt`, `.bin`): what `torch.save` wrote, in the zip format or the one
 * before it (that one is read whole). No code runs: the pickle inside is read as data.
 *
 * @param source - closed with the file, or if it is refused
 * @param options - what to do with objects of other classes
 * @throws RangeError if the file is damaged, big-endian, holds no tensors, or names a class that isn't a tensor or one of
 *   its containers
 * @example
 * const file = await openTorch(await openFile('model.pth'));
 * const weight = await file.read('conv1.weight');
 */
export async function openTorch(source: ByteSource, options: OpenTorchOptions = {}): Promise<TorchFile> {
  checkOptions(fn, options, OPTIONS);
  return owning(source, async () => {
    const { name, size } = source;
    const start = await readBytes(fn, source, 0, Math.min(2, size));
    const isZip = start[0] === 0x50 && start[1] === 0x4b;
    const { value, storage } = isZip ? await readZipped(source, options) : await readLegacy(source, options);
    const fail = (expected: string, found: string): never => {
      throw new RangeError(`${fn}: ${name} must ${expected}, got ${found}`);
    };
    const tensors = namedTensors(value, 8 * size + 2 ** 20, fail);
    if (tensors.size === 0) fail('hold tensors', 'none');
    const find = (tensor: string): TorchTensor =>
      tensors.get(tensor) ?? fail(`hold the tensor ${quote(tensor)}`, namesText([...tensors.keys()]));
    const read = async (tensor: string): Promise<SafetensorsEntry> => {
      const view = find(tensor);
      const at = `${tensor} of ${name}`;
      return readTensor(at, view, await storage(view.storage, at));
    };
    return {
      value,
      tensors,
      async read(tensor) {
        const entry = await read(tensor);
        const isWidened = /^(B?F16|F8_.*|C64)$/.test(entry.dtype);
        const { data, shape } = isWidened ? floatEntry(entry) : entry;
        return ndarray(data as Numbers, [...shape]) as NdArray<Numbers>;
      },
      async readFloats(names = [...tensors.keys()]) {
        // Tensors may share their numbers, so that their sum is larger than the file.
        const views = names.map(find);
        const sum = (of: (view: TorchTensor) => number) => views.reduce((total, view) => total + of(view), 0);
        checkBytes(
          fn,
          `the tensors of ${name}`,
          sum((view) => 4 * countOf(view)),
        );
        checkBytes(fn, `what the tensors of ${name} are views of`, sum(spanOf));
        const floats = new Map<string, FloatEntry>();
        for (const tensor of names) floats.set(tensor, floatEntry(await read(tensor)));
        return floats;
      },
      close: () => source.close(),
    };
  });
}

interface Content {
  readonly value: TorchValue;
  /** Where the numbers of a storage lie. @param at - what asks for them, for messages */
  readonly storage: (storage: TorchStorage, at: string) => Promise<ByteSource>;
}

async function readZipped(source: ByteSource, { keepUnknown = false }: OpenTorchOptions): Promise<Content> {
  const zip = await openZip(source);
  const fail = (expected: string, found: string): never => {
    throw new RangeError(`${fn}: ${source.name} must ${expected}, got ${found}`);
  };
  const name =
    zip.names.find((path) => /^([^/]+\/)?data\.pkl$/.test(path)) ??
    fail('hold data.pkl', namesText(zip.names));
  const folder = name.slice(0, -'data.pkl'.length);
  if (zip.size(`${folder}byteorder`) !== undefined) {
    const order = new TextDecoder().decode(await zip.read(`${folder}byteorder`));
    if (order !== 'little') fail('be little-endian', quote(order, 20));
  }
  const pickle = await zip.read(name);
  const { value } = runPickle(fn, `${source.name}: ${name}`, pickle, torchProfile(source.size, keepUnknown));
  return {
    value,
    storage: async ({ key }, at) => {
      const path = `${folder}data/${key}`;
      return zip.size(path) === undefined ? fail(`hold ${quote(path)} for ${at}`, 'none') : zip.open(path);
    },
  };
}

async function readLegacy(source: ByteSource, { keepUnknown = false }: OpenTorchOptions): Promise<Content> {
  const bytes = await readBytes(fn, source, 0, source.size);
  const { value, storages } = readLegacyTorch(fn, source.name, bytes, torchProfile(source.size, keepUnknown));
  return {
    value,
    storage: async ({ key }, at) => {
      const numbers = storages.get(key);
      if (numbers) return bytesSource(numbers, source.name);
      throw new RangeError(`${fn}: ${source.name} must list the numbers of ${at}, got none`);
    },
  };
}

/** A tensor's elements in row-major order; of its storage, only the part is read that they lie in. */
async function readTensor(at: string, tensor: TorchTensor, storage: ByteSource): Promise<SafetensorsEntry> {
  const { dtype, offset, shape, stride } = tensor;
  if (!isDtype(dtype))
    throw new RangeError(`${fn}: ${at} must hold numbers of at most 64 bits, got ${dtype}`);
  const { Kind, bits } = DTYPES[dtype];
  const size = bits / 8;
  const count = countOf(tensor);
  checkBytes(fn, at, size * count);
  if (count === 0) return { dtype, shape, data: new Kind(new ArrayBuffer(0)) } as SafetensorsEntry;
  const last = lastOf(tensor);
  const there = Math.floor(storage.size / size);
  if (!(last < there))
    throw new RangeError(`${fn}: ${at} must lie within its storage of ${there} numbers, got number ${last}`);
  const bytes = await readBytes(fn, storage, offset * size, (last - offset + 1) * size);
  const data = new Kind(bytes.buffer) as unknown as Float32Array;
  // A complex number is two elements.
  const parts = bits / 8 / Kind.BYTES_PER_ELEMENT;
  const view =
    parts === 1
      ? ndarray(data, [...shape], [...stride])
      : ndarray(data, [...shape, 2], [...stride.map((step) => 2 * step), 1]);
  return { dtype, shape, data: rowMajor(fn, at, view) } as unknown as SafetensorsEntry;
}

function countOf({ shape }: TorchTensor): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** The last of the storage's numbers that a tensor of at least one number has. */
function lastOf({ offset, shape, stride }: TorchTensor): number {
  return shape.reduce((index, length, axis) => index + (length - 1) * (stride[axis] as number), offset);
}

/** How many bytes of its storage are read for a tensor. */
function spanOf(tensor: TorchTensor): number {
  const { dtype, offset } = tensor;
  const bits = isDtype(dtype) ? DTYPES[dtype].bits : 0;
  return countOf(tensor) === 0 ? 0 : ((lastOf(tensor) - offset + 1) * bits) / 8;
}
