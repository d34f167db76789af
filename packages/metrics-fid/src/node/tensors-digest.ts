import { createHash } from 'node:crypto';
import type { CheckpointTensors } from '../inception-weights.js';

/**
 * SHA-256 of tensors themselves, whatever file they came in: for each name in order of its code units, the line
 * `name dtype shape` as JSON, and the elements' bytes, little-endian.
 *
 * @param names - which; one that isn't there is `null` in place of dtype and shape
 */
export function tensorsDigest(tensors: CheckpointTensors, names: readonly string[]): string {
  const hash = createHash('sha256');
  for (const name of [...names].sort()) {
    const tensor = tensors.get(name);
    hash.update(`${JSON.stringify(tensor ? [name, 'F32', tensor.shape] : [name, null])}\n`);
    if (tensor === undefined) continue;
    const { buffer, byteOffset, byteLength } = tensor.data;
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}
