/**
 * The slope of log error against log number of steps, by least squares: −p for a method of order p.
 *
 * @param steps - numbers of steps
 * @param errors - the error with each
 */
export function logLogSlope(steps: readonly number[], errors: readonly number[]): number {
  const [x, y] = [steps.map(Math.log), errors.map(Math.log)];
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  const covariance = x.reduce((sum, value, i) => sum + (value - meanX) * ((y[i] as number) - meanY), 0);
  return covariance / x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
}

/**
 * The largest difference between two lists of numbers, element by element.
 *
 * @param a - the one
 * @param b - the other, of the same length
 */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] as number))));
}
