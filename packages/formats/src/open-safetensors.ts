import { checkBytes } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { type ByteSource, owning, readBytes } from './byte-source.js';
import { entryOf, floatEntry } from './decode-safetensors.js';
import type { Numbers } from './element-types.js';
import type { SafetensorsEntry } from './safetensors-dtype.js';
import {
  parseSafetensorsHeader,
  type SafetensorsHeader,
  safetensorsHeaderLength,
} from './safetensors-header.js';
import { quote } from './text.js';

/** A safetensors file whose tensors are read when they are asked for. */
export interface SafetensorsFile extends SafetensorsHeader {
  /** One tensor as numbers: 16- and 8-bit floating point widened to float32, complex with a last axis of 2. */
  read(tensor: string): Promise<NdArray<Numbers>>;
  /** One tensor as it lies in the file. */
  readEntry(tensor: string): Promise<SafetensorsEntry>;
  /** Closes its source. */
  close(): Promise<void>;
}

const fn = 'openSafetensors';

/**
 * Opens a safetensors file of any size; only its header is read, and later the bytes of the tensors asked for.
 *
 * @param source - closed with the file, or if it is refused
 * @throws RangeError as `decodeSafetensors`; a dtype that this version doesn't know is an error when that tensor is read
 */
export async function openSafetensors(source: ByteSource): Promise<SafetensorsFile> {
  return owning(source, async () => {
    const { name, size } = source;
    const start = await readBytes(fn, source, 0, Math.min(8, size));
    const length = safetensorsHeaderLength(fn, name, start, size);
    const header = parseSafetensorsHeader(fn, name, await readBytes(fn, source, 8, length), size);
    const readEntry = async (tensor: string): Promise<SafetensorsEntry> => {
      const info = header.tensors.get(tensor);
      if (info === undefined) {
        const names = [...header.tensors.keys()].slice(0, 8).map((known) => quote(known));
        throw new RangeError(
          `${fn}: tensor must be one of ${name} (${names.join(', ')}), got ${quote(tensor)}`,
        );
      }
      checkBytes(fn, `${tensor} of ${name}`, info.end - info.start);
      return entryOf(fn, tensor, info, await readBytes(fn, source, info.start, info.end - info.start));
    };
    return {
      ...header,
      readEntry,
      close: () => source.close(),
      async read(tensor) {
        const entry = await readEntry(tensor);
        if (!/^(B?F16|F8_.*|C64)$/.test(entry.dtype))
          return ndarray(entry.data as Numbers, [...entry.shape]) as NdArray<Numbers>;
        const { shape, data } = floatEntry(entry);
        return ndarray(data, [...shape]) as NdArray<Numbers>;
      },
    };
  });
}
