/**
 * Mean Euclidean distance between the rows of two arrays, `1/B Σ_i ‖x_i − y_i‖` (not squared), added up in float64.
 *
 * @param x - `count` rows of as many numbers each, row after row; borrowed
 * @param y - as many; borrowed
 * @param count - B, at least 1
 */
export function meanRowDistance(x: ArrayLike<number>, y: ArrayLike<number>, count: number): number {
  const size = x.length / count;
  let total = 0;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let p = i * size; p < (i + 1) * size; p++) sum += ((x[p] as number) - (y[p] as number)) ** 2;
    total += Math.sqrt(sum);
  }
  return total / count;
}
