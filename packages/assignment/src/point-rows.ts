import type { CostRows } from './cost-rows.js';
import { ownKernels } from './kernels.js';
import { pack, type Rows, squaredNorms } from './rows.js';

/** Rows of x multiplied with all of y at a time: a multiple of the kernel's tile of 3, enough that y's passing through pays. */
export const BLOCK = 96;
/** WebAssembly's 4 GiB, with a margin. */
const MOST_BYTES = 3.9 * 2 ** 30;

/**
 * Distances between the rows of x and those of y as the rows of a cost matrix that is never stored. Every distance is rounded the same
 * way wherever it is asked for, and as `pairwiseDistance` rounds it, so `error` is 0.
 *
 * @param x, y - as many rows of as many numbers; borrowed until the rows have been used
 * @returns undefined where the engine has no SIMD, or y exceeds its memory
 */
export function pointRows(x: Rows, y: Rows, metric: 'squaredL2' | 'l2'): CostRows | undefined {
  const n = y.count;
  const m = Math.ceil(n / 4) * 4;
  const size = Math.ceil(y.size / 4) * 4;
  const yAt = 4 * BLOCK * size;
  const outAt = Math.ceil((yAt + 4 * m * size) / 8) * 8;
  const bytes = outAt + 8 * BLOCK * m;
  const simd = bytes <= MOST_BYTES ? ownKernels() : null;
  if (!simd) return undefined;
  const buffer = simd.memory(bytes);
  const { run } = simd;
  pack(y, 0, n, size, new Float32Array(buffer, yAt, m * size));
  const block = new Float32Array(buffer, 0, BLOCK * size);
  const sums = new Float64Array(buffer, outAt, BLOCK * m);
  const xNorms = squaredNorms(x);
  const yNorms = squaredNorms(y);
  const root = metric === 'l2';
  const distance = (i: number, j: number, product: number) => {
    const squared = (xNorms[i] as number) + (yNorms[j] as number) - 2 * product;
    const positive = squared < 0 ? 0 : squared;
    return root ? Math.sqrt(positive) : positive;
  };
  /** The row that `at` was asked for last lies where a block begins. */
  let packed = -1;
  return {
    sign: 1,
    error: 0,
    block: BLOCK,
    copy(first, count, to) {
      packed = -1;
      for (let from = 0; from < count; from += BLOCK) {
        const some = Math.min(BLOCK, count - from);
        const tiles = Math.ceil(some / 3) * 3;
        pack(x, first + from, some, size, block.subarray(0, tiles * size));
        sums.fill(0, 0, tiles * m);
        run.products(0, yAt, outAt, tiles, m, size);
        for (let r = 0; r < some; r++) {
          const i = first + from + r;
          for (let j = 0, k = r * m, o = (from + r) * n; j < n; j++, k++, o++)
            to[o] = distance(i, j, sums[k] as number);
        }
      }
    },
    at(i, j) {
      if (packed !== i) {
        pack(x, i, 1, size, block.subarray(0, size));
        packed = i;
      }
      return distance(i, j, run.product(0, yAt + 4 * size * j, size));
    },
  };
}
