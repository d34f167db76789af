import type { Constant, TensorType } from './graph.js';
import type { NativeData } from './native-backend.js';

/** A copy of the data, of one element only if all are the same bits. */
export function compact({ dtype }: TensorType, data: NativeData): Pick<Constant, 'bytes' | 'splat'> {
  if (!ArrayBuffer.isView(data)) {
    throw new TypeError(
      `jit: a constant must be of numbers or booleans, got ${dtype}; keep it out of the step`,
    );
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const splat = dtype !== 'int64' && data.length > 1 && isSplat(data);
  return { bytes: splat ? bytes.slice(0, data.BYTES_PER_ELEMENT) : bytes.slice(), splat };
}

function isSplat(data: NativeData): boolean {
  const bits =
    data instanceof Float32Array ? new Int32Array(data.buffer, data.byteOffset, data.length) : data;
  const value = bits[0];
  for (let i = 1; i < bits.length; i++) if (bits[i] !== value) return false;
  return true;
}

/** Zeros, as many as a tensor of the type has elements. */
export function zeroData({ dtype, shape }: TensorType): NativeData {
  const size = shape.reduce((product, n) => product * n, 1);
  if (dtype === 'float32') return new Float32Array(size);
  if (dtype === 'complex64') return new Float32Array(2 * size);
  if (dtype === 'int32') return new Int32Array(size);
  if (dtype === 'int64') return new Int32Array(2 * size);
  return new Uint8Array(size);
}

/** A constant's data in full. */
export function expand(type: TensorType, { bytes, splat }: Pick<Constant, 'bytes' | 'splat'>): NativeData {
  const data = zeroData(type);
  const target = new Uint8Array(data.buffer);
  if (!splat) target.set(bytes);
  else for (let at = 0; at < target.length; at += bytes.length) target.set(bytes, at);
  return data;
}
