/**
 * Dual variables that prove a complete matching optimal, from the matching alone (rows ≤ cols).
 *
 * Tight pairs fix `u[i] = c[i,x(i)] − v[x(i)]`; the other constraints are then `v[j] ≤ v[x(i)] + c[i,j] − c[i,x(i)]`, a
 * shortest-path problem between columns, solved by label correcting. It has a solution if and only if no cycle is
 * negative, that is if no exchange of columns would be cheaper.
 *
 * @param start - column duals to start from, `[cols]` (square only: any will do; near ones are faster); not changed.
 *   Without them 0, which bounds a rectangular problem's column duals from above
 * @param maxVisits - gives up after looking at one row this often
 * @returns the duals; `proven` is false, and some of them infeasible, if it gave up
 */
export function dualsOf(
  values: Float64Array,
  rows: number,
  cols: number,
  rowToCol: Int32Array,
  colToRow: Int32Array,
  start?: Float64Array,
  maxVisits: number = rows,
): { rowDual: Float64Array; colDual: Float64Array; proven: boolean } {
  const colDual = start ? start.slice() : new Float64Array(cols);
  let largest = 0;
  for (const value of values) if (value < Infinity && Math.abs(value) > largest) largest = Math.abs(value);
  // Below this an improvement is rounding; following it could go round a cycle of ties for ever.
  const tolerance = largest * 2 ** -50;

  // First in, first out: a row is looked at again when its column's dual fell. Without a negative cycle no row is
  // looked at more than `rows` times; near the optimum a few times are enough.
  const queue = Int32Array.from({ length: rows }, (_, i) => i);
  const queued = new Uint8Array(rows).fill(1);
  const visits = new Int32Array(rows);
  let head = 0;
  let waiting = rows;
  let proven = true;
  while (waiting > 0) {
    const i = queue[head] as number;
    head = head + 1 === rows ? 0 : head + 1;
    waiting--;
    queued[i] = 0;
    if ((visits[i] = (visits[i] as number) + 1) > maxVisits) {
      proven = false;
      break;
    }
    const at = i * cols;
    const own = rowToCol[i] as number;
    const base = (colDual[own] as number) - (values[at + own] as number);
    for (let j = 0; j < cols; j++) {
      const bound = base + (values[at + j] as number);
      if (bound < (colDual[j] as number) - tolerance) {
        colDual[j] = bound;
        const owner = colToRow[j] as number;
        if (owner !== -1 && queued[owner] === 0) {
          queued[owner] = 1;
          queue[(head + waiting) % rows] = owner;
          waiting++;
        }
      }
    }
  }
  const rowDual = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const own = rowToCol[i] as number;
    rowDual[i] = (values[i * cols + own] as number) - (colDual[own] as number);
  }
  return { rowDual, colDual, proven };
}
