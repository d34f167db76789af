import { runPickle } from './pickle-machine.js';
import type { PickleProfile } from './pickle-types.js';
import { DTYPES, isDtype } from './safetensors-dtype.js';
import { type TorchObject, TorchStorage, type TorchValue } from './torch-pickle.js';

/** What the older kind of file begins with, as a pickled integer. */
const MAGIC = 0x1950a86a20f9469cfc6cn;

/**
 * A checkpoint in the format before PyTorch 1.6: five pickles (magic, version, machine, content, keys of the storages)
 * and the storages, each after its length.
 *
 * @returns the content, and views of the storages' bytes by key
 */
export function readLegacyTorch(
  fn: string,
  name: string,
  file: Uint8Array,
  profile: PickleProfile<TorchObject>,
): { readonly value: TorchValue; readonly storages: ReadonlyMap<string, Uint8Array> } {
  const fail = (expected: string, found: string): never => {
    throw new RangeError(`${fn}: ${name} must ${expected}, got ${found}`);
  };
  // Each storage as it is named the first time.
  const named = new Map<string, TorchStorage>();
  const noting: PickleProfile<TorchObject> = {
    ...profile,
    persistent(id) {
      const storage = profile.persistent?.(id) ?? null;
      if (storage instanceof TorchStorage && !named.has(storage.key)) named.set(storage.key, storage);
      return storage;
    },
  };
  let end = 0;
  const next = (): TorchValue => {
    const result = runPickle(fn, name, file, noting, end);
    end = result.end;
    return result.value;
  };
  if ((file[0] === 0x80 ? next() : null) !== MAGIC) {
    return fail("be torch.save's (a zip, or the format before)", 'another file');
  }
  next();
  const machine = next();
  if (machine instanceof Map && machine.get('little_endian') === false)
    fail('be little-endian', 'big-endian numbers');
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) return fail('list its storages', 'something else');
  const storages = new Map<string, Uint8Array>();
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (const key of keys) {
    const storage = typeof key === 'string' ? named.get(key) : undefined;
    if (storage === undefined || storages.has(storage.key))
      return fail('use each storage it lists', 'another one');
    if (end + 8 > file.length) fail('be whole', 'its end within the storages');
    const size =
      storage.dtype === undefined ? 1 : isDtype(storage.dtype) ? DTYPES[storage.dtype].bits / 8 : 16;
    const bytes = Number(view.getBigInt64(end, true)) * size;
    end += 8;
    if (!(bytes >= 0 && bytes <= file.length - end)) fail('be whole', 'its end within the storages');
    storages.set(storage.key, file.subarray(end, end + bytes));
    end += bytes;
  }
  if (end !== file.length) fail('end with its storages', `${file.length - end} bytes more`);
  return { value, storages };
}
