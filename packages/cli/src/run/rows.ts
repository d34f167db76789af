import ndarray, { type NdArray } from 'ndarray';

/** Arrays of the same row shape, one below the other. */
export function toRows(parts: readonly NdArray<Float32Array>[]): NdArray<Float32Array> {
  const all = new Float32Array(parts.reduce((sum, { size }) => sum + size, 0));
  let end = 0;
  let rows = 0;
  for (const { data, size, shape } of parts) {
    all.set(data.subarray(0, size), end);
    end += size;
    rows += shape[0] as number;
  }
  return ndarray(all, [rows, ...(parts[0]?.shape.slice(1) ?? [])]);
}

/** The first rows. */
export function firstRows(array: NdArray<Float32Array>, rows: number): NdArray<Float32Array> {
  const count = Math.min(rows, array.shape[0] as number);
  const length = array.size / Math.max(1, array.shape[0] as number);
  return ndarray(array.data.subarray(0, count * length), [count, ...array.shape.slice(1)]);
}
