import { type CostMatrix, pairwiseDistance } from '@immiscible/assignment';
import {
  check,
  checkOptions,
  checkSameShape,
  describe,
  type OptionKeys,
  roundToHalf,
  rowMajor,
} from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { readArray } from './batch-checks.js';

/**
 * What pairing each image with each noise costs.
 *
 * @param images - float32 `[n,D]`, each image flattened; borrowed
 * @param noise - float32 `[m,D]`; borrowed. A rolling pool asks for costs of some images with some noises, all others have m = n
 * @returns `[n,m]`, rows images, columns noises; +Infinity forbids a pair
 */
export type PairCost = (images: NdArray<Float32Array>, noise: NdArray<Float32Array>) => CostMatrix;

/** `'l2'`: ‖x − n‖, the papers'. `'squaredL2'`: ‖x − n‖². `'quantized'`: {@link quantizedL2} with its defaults. */
export type CostName = 'l2' | 'squaredL2' | 'quantized';

/** Options of {@link quantizedL2}. */
export interface QuantizedL2Options {
  /**
   * Images and noise are multiplied by it before they are rounded. Halves end at 65504: lower it for long vectors.
   * @defaultValue 0.1, as in the authors' code
   */
  readonly scale?: number;
}

/**
 * The papers' quantized cost: `half(‖half(s·x) − half(s·n)‖)`, where half rounds to the nearest IEEE binary16. It
 * changes only which pairs are made; what is diffused stays float32.
 *
 * At D = 3072 and s = 0.1 only a few hundred different costs are left, so that many assignments are equally good. The
 * solver decides between them, by its fixed order: the same every time for one solver, not across solvers.
 *
 * Differences and sums are in full precision between the roundings; code that runs in half throughout rounds the
 * differences too.
 *
 * @param options - by what to scale before rounding
 * @throws RangeError if `scale` isn't positive; from the cost if a scaled value or distance exceeds the largest half
 * @see Li et al. 2024, "quantized assignment" (arXiv:2406.12303)
 */
export function quantizedL2(options: QuantizedL2Options = {}): PairCost {
  const fn = 'quantizedL2';
  checkOptions(fn, options, { scale: true } satisfies OptionKeys<QuantizedL2Options>);
  const { scale = 0.1 } = options;
  check(Number.isFinite(scale) && scale > 0, fn, 'scale', 'a positive number', scale);
  const halves = (name: string, values: NdArray<Float32Array>): NdArray<Float32Array> =>
    // Exact in float32: every half is one.
    ndarray(
      readArray(fn, name, values).data.map((value) => roundToHalf(scale * value)),
      [...values.shape],
    );
  return (images, noise) => {
    const distance = pairwiseDistance(halves('images', images), halves('noise', noise), { metric: 'l2' });
    const cost = Float64Array.from(distance.data, roundToHalf);
    if (!cost.every(Number.isFinite)) {
      throw new RangeError(
        `${fn}: scale must keep distances within 65504, got ${scale}, at which they overflow; choose a smaller one`,
      );
    }
    return ndarray(cost, [...distance.shape]);
  };
}

/** The function behind the name of a cost. */
export function pairCost(fn: string, cost: CostName | PairCost): PairCost {
  if (typeof cost === 'function') return cost;
  switch (cost) {
    case 'l2':
    case 'squaredL2':
      return (images, noise) => pairwiseDistance(images, noise, { metric: cost });
    case 'quantized':
      return quantizedL2();
    default:
      throw new RangeError(
        `${fn}: cost must be "l2", "squaredL2", "quantized" or a function, got ${String(cost satisfies never)}`,
      );
  }
}

/**
 * The costs of all pairs.
 *
 * @throws TypeError if a cost function returns no NdArray; RangeError if it has another shape
 */
export function costMatrix(
  fn: string,
  costOf: PairCost,
  images: NdArray<Float32Array>,
  noise: NdArray<Float32Array>,
): CostMatrix {
  const cost: CostMatrix = costOf(images, noise);
  if (!Array.isArray(cost?.shape)) {
    throw new TypeError(`${fn}: cost must return an NdArray, got ${describe(cost)}`);
  }
  checkSameShape(fn, 'cost', cost.shape, 'all pairs', [images.shape[0] as number, noise.shape[0] as number]);
  return cost;
}

/** A cost matrix row by row, whatever its strides. */
export function costValues(fn: string, cost: CostMatrix): Float32Array | Float64Array {
  const numbers: unknown = cost.data;
  const typed = Array.isArray(numbers)
    ? { ...pick(cost), data: Float64Array.from(numbers as number[]) }
    : cost;
  const values = rowMajor(fn, 'cost', typed as NdArray<Float64Array>);
  return values instanceof Float32Array || values instanceof Float64Array
    ? values
    : Float64Array.from(values);
}

const pick = ({ shape, stride, offset }: CostMatrix) => ({ shape, stride, offset });
