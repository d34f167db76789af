import type { Rng } from '@immiscible/core';

/** `count` different indices of n, in random order. */
export function randomSubset(rng: Rng, n: number, count: number): Int32Array {
  const indices = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + Math.min(n - i - 1, Math.floor(rng.uniform() * (n - i)));
    const value = indices[i] as number;
    indices[i] = indices[j] as number;
    indices[j] = value;
  }
  return indices.subarray(0, count);
}
