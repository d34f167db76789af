/** A dense matrix to be minimized. */
export interface Values {
  /** Row-major. */
  readonly values: Float64Array;
  readonly rows: number;
  readonly cols: number;
  /** Whether its rows are the columns of the matrix as given: for messages. */
  readonly transposed: boolean;
}

/**
 * Of all pairs whose row and column are free the cheapest, again and again; of equal ones the lower row, then the lower column.
 *
 * @throws RangeError if forbidden pairs leave a row without a column
 */
export function cheapestFirst(
  fn: string,
  { values, rows, cols, transposed }: Values,
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
  const heap = heapOf(key);
  for (let left = rows; left > 0;) {
    const i = heap.top();
    const j = column[i] as number;
    if (j === -1) {
      throw new RangeError(
        `${fn}: cost must leave a pair that isn't forbidden for ${transposed ? 'column' : 'row'} ${i}, got none; ` +
          `use an exact solver`,
      );
    }
    if (colToRow[j] !== -1) {
      look(i);
      heap.sink();
      continue;
    }
    rowToCol[i] = j;
    colToRow[j] = i;
    heap.pop();
    left--;
  }
  return { rowToCol, colToRow };
}

/** Numbers 0 … n − 1 by their keys, the least on top; of equal keys the lower number. */
interface Heap {
  top(): number;
  /** Puts the top where it belongs after its key has grown. */
  sink(): void;
  /** Takes the top away. */
  pop(): void;
}

function heapOf(key: Float64Array): Heap {
  const heap = Int32Array.from(key, (_, i) => i);
  let size = heap.length;
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
  return {
    top: () => heap[0] as number,
    sink: () => sink(0),
    pop() {
      heap[0] = heap[--size] as number;
      if (size > 0) sink(0);
    },
  };
}
