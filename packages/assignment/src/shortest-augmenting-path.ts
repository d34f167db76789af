/**
 * Successive shortest augmenting paths for rows ≤ cols, float64: one Dijkstra search over the columns for each row that
 * is still free, on reduced costs `c[i,j] − u[i] − v[j] ≥ 0`.
 *
 * @see Jonker & Volgenant 1987, Computing 38; Crouse 2016, IEEE TAES 52(4), for the rectangular form
 */

/** A partial matching with feasible duals; changed in place. */
export interface Matching {
  /** int32 `[rows]`: each row's column. */
  readonly rowToCol: Int32Array;
  /** int32 `[cols]`: each column's row, −1 where it has none. */
  readonly colToRow: Int32Array;
  /** float64 `[rows]`, u. */
  readonly rowDual: Float64Array;
  /** float64 `[cols]`, v: at most 0 where cols > rows, and 0 for a free column. */
  readonly colDual: Float64Array;
}

/**
 * A matching to start from: given column duals, each row's dual is the largest feasible one, and rows take a column whose
 * edge is tight while it is free. Any column duals are feasible for a square problem; for a rectangular one they must be 0.
 *
 * @param preferred - the column that each row takes if its edge is tight too
 */
export function greedyMatching(
  values: Float64Array,
  rows: number,
  cols: number,
  colDual: Float64Array,
  preferred?: Int32Array,
): Matching {
  const rowToCol = new Int32Array(rows).fill(-1);
  const colToRow = new Int32Array(cols).fill(-1);
  const rowDual = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const at = i * cols;
    let least = Infinity;
    let column = -1;
    for (let j = 0; j < cols; j++) {
      const reduced = (values[at + j] as number) - (colDual[j] as number);
      // Of equal columns a free one, so that ties don't cost a search.
      if (reduced < least || (reduced === least && colToRow[column] !== -1 && colToRow[j] === -1)) {
        least = reduced;
        column = j;
      }
    }
    rowDual[i] = least;
    const wish = preferred ? (preferred[i] as number) : -1;
    if (wish >= 0 && colToRow[wish] === -1) {
      const reduced = (values[at + wish] as number) - (colDual[wish] as number);
      if (reduced - least <= Math.abs(values[at + wish] as number) * 2 ** -50) column = wish;
    }
    if (column >= 0 && least < Infinity && colToRow[column] === -1) {
      colToRow[column] = i;
      rowToCol[i] = column;
    }
  }
  return { rowToCol, colToRow, rowDual, colDual };
}

/**
 * Matches all rows that are free.
 *
 * @returns the first row that can't be matched, or −1 if all are
 */
export function augment(values: Float64Array, rows: number, cols: number, matching: Matching): number {
  const { rowToCol, colToRow, rowDual, colDual } = matching;
  const distance = new Float64Array(cols);
  const predecessor = new Int32Array(cols);
  // Columns not yet reached for good, then (from `left` on) those that are.
  const columns = Int32Array.from({ length: cols }, (_, j) => j);

  for (let start = 0; start < rows; start++) {
    if (rowToCol[start] !== -1) continue;
    if (rowDual[start] === Infinity) return start;
    distance.fill(Infinity);
    let left = cols;
    let row = start;
    let reached = 0;
    let sink = -1;
    while (sink === -1) {
      const at = row * cols;
      const offset = reached - (rowDual[row] as number);
      let least = Infinity;
      let index = -1;
      for (let k = 0; k < left; k++) {
        const j = columns[k] as number;
        const through = offset + (values[at + j] as number) - (colDual[j] as number);
        let d = distance[j] as number;
        if (through < d) {
          predecessor[j] = row;
          distance[j] = d = through;
        }
        // Of equally near columns a free one ends the search.
        if (d < least || (d === least && colToRow[j] === -1)) {
          least = d;
          index = k;
        }
      }
      if (least === Infinity) return start;
      reached = least;
      const column = columns[index] as number;
      left--;
      columns[index] = columns[left] as number;
      columns[left] = column;
      if (colToRow[column] === -1) sink = column;
      else row = colToRow[column] as number;
    }

    // Duals: rows and columns that were reached move by how much nearer they were than the sink.
    rowDual[start] = (rowDual[start] as number) + reached;
    for (let k = left; k < cols; k++) {
      const j = columns[k] as number;
      const slack = reached - (distance[j] as number);
      colDual[j] = (colDual[j] as number) - slack;
      const owner = colToRow[j] as number;
      if (owner !== -1) rowDual[owner] = (rowDual[owner] as number) + slack;
    }
    for (let column = sink; ;) {
      const i = predecessor[column] as number;
      colToRow[column] = i;
      const next = rowToCol[i] as number;
      rowToCol[i] = column;
      if (i === start) break;
      column = next;
    }
  }
  return -1;
}
