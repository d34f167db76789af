/**
 * Mean of each column's finite entries, float64 `[cols]`.
 *
 * Subtracting a number from a column changes every complete assignment of a square problem alike, so the optimum stays.
 * In image–noise costs the column means hold what every image has in common (‖noise‖² and the noise's product with the
 * mean image): without them all rows fight for the same columns.
 */
export function columnMeans(values: Float64Array, rows: number, cols: number): Float64Array {
  const means = new Float64Array(cols);
  const share = 1 / rows;
  const counts = new Float64Array(cols);
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) {
      const value = values[k] as number;
      if (value < Infinity) {
        // Scaled first: a sum of huge costs could overflow.
        means[j] = (means[j] as number) + value * share;
        counts[j] = (counts[j] as number) + 1;
      }
    }
  }
  for (let j = 0; j < cols; j++) {
    const count = counts[j] as number;
    if (count > 0 && count < rows) means[j] = ((means[j] as number) * rows) / count;
  }
  return means;
}
