import type { NdArray } from 'ndarray';

export type Points = NdArray<Float32Array> | NdArray<Float64Array>;

/** Rows of numbers, contiguous. */
export interface Rows {
  readonly data: Float32Array | Float64Array;
  readonly count: number;
  readonly size: number;
}

/** An array `[n, …]` as rows, each flattened. */
export function rowsOf(fn: string, name: string, array: Points): Rows {
  const { shape, stride, offset, data } = array;
  let expected = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    if (shape[d] !== 1 && stride[d] !== expected) {
      throw new RangeError(
        `${fn}: ${name} must be contiguous, got strides [${stride.join(',')}]; copy it first`,
      );
    }
    expected *= shape[d] as number;
  }
  const count = shape[0] ?? 1;
  return { data: data.subarray(offset, offset + expected), count, size: count === 0 ? 0 : expected / count };
}

/** ‖row‖², float64. */
export function squaredNorms({ data, count, size }: Rows): Float64Array {
  const norms = new Float64Array(count);
  for (let i = 0, k = 0; i < count; i++) {
    let sum = 0;
    for (let d = 0; d < size; d++, k++) sum += (data[k] as number) ** 2;
    norms[i] = sum;
  }
  return norms;
}

/** Copies `count` rows from row `first` on into rows of `width` numbers; what is left of those, and of `to`, becomes 0. */
export function pack(rows: Rows, first: number, count: number, width: number, to: Float32Array): void {
  const { data, size } = rows;
  if (width === size) to.set(data.subarray(first * size, (first + count) * size));
  else {
    for (let i = 0; i < count; i++) {
      to.set(data.subarray((first + i) * size, (first + i + 1) * size), i * width);
      to.fill(0, i * width + size, (i + 1) * width);
    }
  }
  to.fill(0, count * width);
}
