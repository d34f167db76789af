import type { Rows } from './features.js';

/** Squared length of each row. */
export function squaredLengths({ n, d, data }: Rows): Float64Array {
  return Float64Array.from({ length: n }, (_, i) =>
    data.subarray(i * d, (i + 1) * d).reduce((sum, value) => sum + value * value, 0),
  );
}
