import { open } from 'node:fs/promises';
import type { NdArray } from 'ndarray';
import type { Numbers } from '../bytes.js';
import {
  parseSafetensorsHeader,
  type SafetensorsHeader,
  safetensorsHeaderLength,
  tensorArray,
} from '../safetensors.js';

const READ_AT_ONCE = 2 ** 30;

/** A safetensors file on disk. */
export interface SafetensorsFile extends SafetensorsHeader {
  /** One tensor; only its bytes are read. */
  read(tensor: string): Promise<NdArray<Numbers>>;
  close(): Promise<void>;
}

/**
 * Opens a safetensors file; tensors are read when they are asked for.
 *
 * @throws RangeError if the file is truncated or damaged
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const start = new Uint8Array(Math.min(8, size));
    await file.read(start, 0, start.length, 0);
    const json = new Uint8Array(safetensorsHeaderLength(start, size, path));
    await file.read(json, 0, json.length, 8);
    const header = parseSafetensorsHeader(json, size, path);
    return {
      ...header,
      close: () => file.close(),
      async read(tensor) {
        const info = header.tensors.get(tensor);
        if (info === undefined) {
          const names = [...header.tensors.keys()].slice(0, 8).join(', ');
          throw new RangeError(`openSafetensors: tensor must be one of ${path} (${names}), got ${tensor}`);
        }
        const bytes = new Uint8Array(info.end - info.start);
        let done = 0;
        // No system reads more than 2 GiB at once.
        while (done < bytes.length) {
          const length = Math.min(bytes.length - done, READ_AT_ONCE);
          const { bytesRead } = await file.read(bytes, done, length, info.start + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        if (done !== bytes.length)
          throw new RangeError(`openSafetensors: ${path} must be whole, got an early end`);
        return tensorArray(bytes, info);
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
