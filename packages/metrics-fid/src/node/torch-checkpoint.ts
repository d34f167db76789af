import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { bytesSource, openTorch } from '@immiscible/formats';
import type { CheckpointTensors } from '../inception-weights.js';

/** A checkpoint's tensors and where they are from. */
export interface TorchCheckpoint {
  /** By name, as float32 in row-major order. */
  readonly tensors: CheckpointTensors;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Reads the tensors of a `.pth` file that `torch.save` wrote, and hashes the file. No code runs.
 *
 * @param path - the file
 * @throws RangeError if the file is damaged, too large, names a global that isn't one of a tensor's parts, or holds none
 * @throws Error if the file can't be read
 */
export async function readTorchCheckpoint(path: string): Promise<TorchCheckpoint> {
  const bytes = new Uint8Array(await readFile(path));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const file = await openTorch(bytesSource(bytes, path));
  try {
    const floats = await file.readFloats();
    return {
      tensors: new Map([...floats].map(([name, { shape, data }]) => [name, { shape, data }])),
      sha256,
    };
  } finally {
    await file.close();
  }
}
