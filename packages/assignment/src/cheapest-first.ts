/**
 * Of all pairs whose row and column are free the cheapest, again and again; of equal ones the lower row, then the lower column.
 *
 * @param transposed - for the message only
 */
export function cheapestFirst(
  fn: string,
  values: Float64Array,
  rows: number,
  cols: number,
  transposed: boolean,
): { rowToCol: Int32Array; colToRow: Int32Array } {
  const rowToCol = new Int32Array(rows).fill(-1);
  const colToRow = new Int32Array(cols).fill(-1);
  // A heap of rows by their cheapest free column; a row whose column has gone looks again when it comes to the top.
  const column = new Int32Array(rows);
  const key = new Float64Array(rows);
  const look = (i: number) => {
    let least = Infinity;
    let best = -1;
    for (let j = 0, k = i * cols; j < cols; j++, k++) {
      if (colToRow[j] === -1 && (values[k] as number) < least) {
        least = values[k] as number;
        best = j;
      }
    }
    column[i] = best;
    key[i] = least;
  };
  for (let i = 0; i < rows; i++) look(i);
  const heap = Int32Array.from({ length: rows }, (_, i) => i);
  let size = rows;
  const before = (a: number, b: number) =>
    (key[a] as number) < (key[b] as number) || (key[a] === key[b] && a < b);
  const sink = (at: number) => {
    const row = heap[at] as number;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && before(heap[child + 1] as number, heap[child] as number)) child++;
      if (!before(heap[child] as number, row)) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = row;
  };
  for (let at = size >> 1; at >= 0; at--) if (at < size) sink(at);
  while (size > 0) {
    const i = heap[0] as number;
    const j = column[i] as number;
    if (j === -1) {
      throw new RangeError(
        `${fn}: cost must leave a pair that isn't forbidden for ${transposed ? 'column' : 'row'} ${i}, got none; ` +
          `use an exact solver`,
      );
    }
    if (colToRow[j] !== -1) {
      look(i);
      sink(0);
      continue;
    }
    rowToCol[i] = j;
    colToRow[j] = i;
    heap[0] = heap[--size] as number;
    if (size > 0) sink(0);
  }
  return { rowToCol, colToRow };
}
