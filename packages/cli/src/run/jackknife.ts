import {
  frechetDistance,
  type Statistics,
  statistics,
  type StreamingStatistics,
} from '@immiscible/metrics-fid';
import ndarray, { type NdArray } from 'ndarray';

const GROUPS = 20;

/**
 * The standard error of `ln(FD(b) / FD(a))` that comes from the finite number of samples, by a grouped jackknife: the
 * samples are dealt into groups, the log ratio is taken 20 times with one group left out, in both twins the same one,
 * since their samples start from the same noise.
 *
 * `se² = (g − 1)/g · Σ (θ₍ᵢ₎ − mean θ)²`
 *
 * @param a - features of one twin's samples, `[N,D]`, contiguous
 * @param b - of another's, from the same noise in the same order
 * @returns null with fewer samples than make the statistics of 19 groups sound
 * @see Efron & Stein 1981, "The jackknife estimate of variance"
 */
export function logRatioError(
  a: NdArray<Float32Array>,
  b: NdArray<Float32Array>,
  reference: Statistics,
): number | null {
  const [count = 0, dimensions = 0] = a.shape;
  if (count < 2 * GROUPS || b.shape[0] !== count || count < dimensions) return null;
  const [groupsA, groupsB] = [grouped(a), grouped(b)];
  const ratios = groupsA.map((_, left) =>
    Math.log(
      frechetDistance(allBut(groupsB, left), reference) / frechetDistance(allBut(groupsA, left), reference),
    ),
  );
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / GROUPS;
  const squares = ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0);
  const error = Math.sqrt(((GROUPS - 1) / GROUPS) * squares);
  return Number.isFinite(error) ? error : null;
}

/** Row i goes to group i mod 20. */
function grouped(features: NdArray<Float32Array>): StreamingStatistics[] {
  const [count = 0, dimensions = 0] = features.shape;
  return Array.from({ length: GROUPS }, (_, group) => {
    const rows: number[] = [];
    for (let i = group; i < count; i += GROUPS) rows.push(i);
    const own = new Float32Array(rows.length * dimensions);
    rows.forEach((row, i) =>
      own.set(features.data.subarray(row * dimensions, (row + 1) * dimensions), i * dimensions),
    );
    return statistics(dimensions).update(ndarray(own, [rows.length, dimensions]));
  });
}

function allBut(groups: readonly StreamingStatistics[], left: number): Statistics {
  const all = statistics((groups[0] as StreamingStatistics).dimensions);
  groups.forEach((group, i) => i !== left && all.merge(group));
  return all.finish();
}
