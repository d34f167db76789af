import type { CostRows } from './cost-rows.js';
import type { Proof } from './listed-duals.js';

/** Rows and columns of the part that is tried before anything is sorted: parts of what is Monge are. */
const PART = 8;
/** Adjacent quadruples that are tried before all are: what isn't Monge is found out for nothing. */
const TRIALS = 64;

/**
 * The optimum of a square matrix that is Monge once rows and columns are sorted: `c[i,k] + c[j,l] ≤ c[i,l] + c[j,k]` for all i < j,
 * k < l. Then the identity is optimal (Hoffman 1963). Such are all costs x·y of numbers, (x − y)², |x − y|^p for p ≥ 1, i·j, sums
 * u + v: on some of these every augmenting path is long, and bids go back and forth. O(n²) where it holds, a few
 * looks where it doesn't.
 *
 * The order is found as in Deineko & Filonenko's recognition of permuted Monge arrays: by the differences of two rows (columns).
 *
 * @returns undefined if it isn't, or it may not be for rounding
 */
export function monge(rows: CostRows, n: number): Proof | undefined {
  const { at } = rows;
  if (n < 2 || !samplePasses(at, n)) return undefined;
  const r = unlike(n, (a, k) => at(0, k) - at(a, k));
  const c = unlike(n, (a, k) => at(k, 0) - at(k, a));
  if (r < 0 || c < 0) return undefined;
  const sorted: Sorted = {
    order: sortedBy(n, (k) => at(k, 0) - at(k, c)),
    columns: sortedBy(n, (k) => at(0, k) - at(r, k)),
  };
  let scale = 0;
  for (let k = 0; k < n; k++) {
    scale = Math.max(scale, Math.abs(at(0, k)), Math.abs(at(r, k)), Math.abs(at(k, 0)), Math.abs(at(k, c)));
  }
  if (!(scale < 2 ** 900)) return undefined;
  if (!turn(rows, n, sorted, scale * 2 ** -48)) return undefined;
  return isMonge(rows, n, sorted, scale) ? diagonalProof(rows, n, sorted) : undefined;
}

/** Rows and columns in the order in which the matrix may be Monge. */
interface Sorted {
  readonly order: Int32Array;
  readonly columns: Int32Array;
}

/** A line that differs from line 0 in more than a constant, if there is one; −1 if something isn't finite. */
function unlike(n: number, difference: (a: number, k: number) => number): number {
  const last = n - 1;
  let best = last;
  let widest = -1;
  for (const a of [last, n >> 1, n >> 2, 1]) {
    if (a === 0) continue;
    let least = Infinity;
    let most = -Infinity;
    for (let k = 0; k < n; k++) {
      const d = difference(a, k);
      if (!Number.isFinite(d)) return -1;
      if (d < least) least = d;
      if (d > most) most = d;
    }
    const width = most - least;
    if (width > widest) [best, widest] = [a, width];
  }
  return best;
}

function sortedBy(n: number, key: (k: number) => number): Int32Array {
  const keys = Float64Array.from({ length: n }, (_, k) => key(k));
  return Int32Array.from({ length: n }, (_, k) => k).sort(
    (a, b) => (keys[a] as number) - (keys[b] as number) || a - b,
  );
}

/** Turns the columns' order round if need be, both being possible: the right one makes quadruples negative. False if neither does. */
function turn({ at }: CostRows, n: number, { order, columns }: Sorted, tolerance: number): boolean {
  const last = n - 1;
  const quadruple = (t: number) => {
    const [i, k] = [(t * 7919) % last, (t * 104729) % last];
    const [row, below] = [order[i] as number, order[i + 1] as number];
    const [a, b] = [columns[k] as number, columns[k + 1] as number];
    return at(row, a) + at(below, b) - at(row, b) - at(below, a);
  };
  let sum = 0;
  for (let t = 0; t < TRIALS; t++) {
    const q = quadruple(t);
    if (!Number.isFinite(q)) return false;
    sum += q;
  }
  if (sum > 0) columns.reverse();
  for (let t = 0; t < TRIALS; t++) if (quadruple(t) > tolerance) return false;
  return true;
}

/** Whether all adjacent quadruples are Monge's: the differences of neighboring rows fall along the columns. */
function isMonge(rows: CostRows, n: number, { order, columns }: Sorted, scale: number): boolean {
  const tolerance = scale * 2 ** -48;
  const before = new Float64Array(n);
  const line = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    rows.copy(order[i] as number, 1, line);
    let previous = Infinity;
    for (let k = 0; k < n; k++) {
      const value = rows.sign * (line[columns[k] as number] as number);
      if (!(Math.abs(value) <= 4 * scale)) return false;
      if (i > 0) {
        const difference = value - (before[k] as number);
        if (difference > previous + tolerance) return false;
        if (difference < previous) previous = difference;
      }
      before[k] = value;
    }
  }
  return true;
}

/** Duals along the diagonal: any v with `c[k+1,k+1] − c[k+1,k] ≤ v[k+1] − v[k] ≤ c[k,k+1] − c[k,k]`. */
function diagonalProof(rows: CostRows, n: number, { order, columns }: Sorted): Proof {
  const { at } = rows;
  const rowToCol = new Int32Array(n);
  const colToRow = new Int32Array(n);
  const rowDual = new Float64Array(n);
  const colDual = new Float64Array(n);
  const line = new Float64Array(n);
  let v = 0;
  for (let k = 0; k < n; k++) {
    const [i, j] = [order[k] as number, columns[k] as number];
    if (k > 0) {
      const [h, g] = [order[k - 1] as number, columns[k - 1] as number];
      v += (at(i, j) - at(i, g) + (at(h, j) - at(h, g))) / 2;
    }
    rowToCol[i] = j;
    colToRow[j] = i;
    colDual[j] = v;
  }
  let gap = 0;
  let totalCost = 0;
  for (let i = 0; i < n; i++) {
    rows.copy(i, 1, line);
    let least = Infinity;
    for (let j = 0; j < n; j++) {
      const reduced = rows.sign * (line[j] as number) - (colDual[j] as number);
      if (reduced < least) least = reduced;
    }
    const j = rowToCol[i] as number;
    rowDual[i] = least;
    const own = rows.sign * (line[j] as number);
    totalCost += own;
    gap += own - (colDual[j] as number) - least;
  }
  return { rowToCol, colToRow, rowDual, colDual, gap, totalCost };
}

/** Whether a small part of the matrix, sorted, is Monge: refuses others after a few looks. */
function samplePasses(at: (i: number, j: number) => number, n: number): boolean {
  const size = Math.min(n, PART);
  const lines = Array.from({ length: size }, (_, k) => Math.floor((k * (n - 1)) / (size - 1)));
  const part = lines.map((i) => lines.map((j) => at(i, j)));
  const value = (i: number, j: number) => (part[i] as number[])[j] as number;
  const last = size - 1;
  const by = (key: (k: number) => number) =>
    Array.from({ length: size }, (_, k) => k).sort((a, b) => key(a) - key(b) || a - b);
  const order = by((k) => value(k, 0) - value(k, last));
  const columns = by((k) => value(0, k) - value(last, k));
  let most = 0;
  for (const row of part) for (const x of row) most = Math.max(most, Math.abs(x));
  // Equal costs are simpler to augment than to sort.
  if (!(most < 2 ** 900) || part.every((row) => row.every((x) => x === value(0, 0)))) return false;
  const tolerance = most * 2 ** -48;
  let up = false;
  let down = false;
  for (let i = 0; i < last; i++) {
    for (let j = 0; j < last; j++) {
      const [r, s, k, l] = [order[i], order[i + 1], columns[j], columns[j + 1]] as [
        number,
        number,
        number,
        number,
      ];
      const q = value(r, k) + value(s, l) - value(r, l) - value(s, k);
      up ||= q > tolerance;
      down ||= q < -tolerance;
    }
  }
  return !(up && down);
}
