import type { Batch } from '@immiscible/core';
import { row } from '@immiscible/testing/host';

/** Σ_i cost(x0[i], noise[order[i]]), written out. */
export function pairedCost(
  { x0, noise }: Batch,
  order: readonly number[],
  cost: (distance2: number) => number,
): number {
  return order.reduce((sum, from, i) => {
    const n = row(noise, from);
    return sum + cost(row(x0, i).reduce((total, x, p) => total + (x - (n[p] as number)) ** 2, 0));
  }, 0);
}

/** All orders of 0 … n − 1. */
export function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((shorter) =>
    Array.from({ length: n }, (_, at) => [...shorter.slice(0, at), n - 1, ...shorter.slice(at)]),
  );
}
