import { condition } from './conditioned.js';
import type { CostRows } from './cost-rows.js';
import { MOST_MEMORY, ownKernels } from './kernels.js';
import { pack, type Rows } from './rows.js';

/** Rows of x multiplied with all of y at a time: a multiple of the kernel's tile of 3, enough that y's passing through pays. */
export const BLOCK = 96;

/** Distances as costs, and the share of itself by which one (or its square) may be rounded. */
export interface PointRows extends CostRows {
  readonly error: number;
}

/**
 * Distances between the rows of x and those of y as the rows of a cost matrix that is never stored. A pair asked for is computed from its
 * differences, in float64. Rows copied are lower bounds: of products in float32, less all that rounding can have done.
 *
 * @param x - rows of finite numbers; borrowed until the rows have been used
 * @param y - as many rows of as many finite numbers; borrowed until the rows have been used
 * @returns undefined where the engine has no SIMD, or y exceeds its memory
 */
export function pointRows(x: Rows, y: Rows, metric: 'squaredL2' | 'l2'): PointRows | undefined {
  const n = y.count;
  const m = Math.ceil(n / 4) * 4;
  const size = Math.ceil(y.size / 4) * 4;
  const yAt = 4 * BLOCK * size;
  const outAt = Math.ceil((yAt + 4 * m * size) / 8) * 8;
  const bytes = outAt + 8 * BLOCK * m;
  const simd = bytes <= MOST_MEMORY ? ownKernels() : null;
  if (!simd) return undefined;
  const buffer = simd.memory(bytes);
  const { run } = simd;
  const near = condition(x, y, true, true);
  const { xSquares, ySquares, xNorms, yNorms, product, moved } = near;
  pack(near.y, 0, n, size, new Float32Array(buffer, yAt, m * size));
  const block = new Float32Array(buffer, 0, BLOCK * size);
  const sums = new Float64Array(buffer, outAt, BLOCK * m);
  const root = metric === 'l2';
  const back = 1 / near.factor;
  // Rounding of norms and of what follows; products of the smallest numbers, which vanish.
  const ofSquares = (size + 16) * 2 ** -52;
  const vanished = (size + 1) * 2 ** -146;
  /** At most the distance that `at` gives. */
  const bound = (i: number, j: number, sum: number) => {
    const [a, b] = [xNorms[i] as number, yNorms[j] as number];
    const squares = (xSquares[i] as number) + (ySquares[j] as number);
    const squared = squares - 2 * sum - 2 * product * a * b - ofSquares * squares - vanished;
    if (!(squared > 0)) return 0;
    if (moved === 0 && !root) return squared * back * back;
    const length = Math.sqrt(squared) - 1.01 * moved * (a + b) - vanished;
    if (!(length > 0)) return 0;
    const shorter = length * back * (1 - 2 ** -50);
    return root ? shorter : shorter * shorter;
  };
  return {
    sign: 1,
    error: near.apartError,
    block: BLOCK,
    copy(first, count, to) {
      for (let from = 0; from < count; from += BLOCK) {
        const some = Math.min(BLOCK, count - from);
        const tiles = Math.ceil(some / 3) * 3;
        pack(near.x, first + from, some, size, block.subarray(0, tiles * size));
        sums.fill(0, 0, tiles * m);
        run.products(0, yAt, outAt, tiles, m, size);
        for (let r = 0; r < some; r++) {
          const i = first + from + r;
          for (let j = 0, k = r * m, o = (from + r) * n; j < n; j++, k++, o++)
            to[o] = bound(i, j, sums[k] as number);
        }
      }
    },
    at(i, j) {
      const squared = near.apart(i, j);
      return root ? Math.sqrt(squared) * back : squared * back * back;
    },
  };
}
