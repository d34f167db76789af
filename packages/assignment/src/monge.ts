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
  const last = n - 1;
  // Two rows and two columns that differ in more than a constant, if there are.
  const wide = (difference: (k: number) => number): number => {
    let least = Infinity;
    let most = -Infinity;
    for (let k = 0; k < n; k++) {
      const d = difference(k);
      if (!Number.isFinite(d)) return NaN;
      if (d < least) least = d;
      if (d > most) most = d;
    }
    return most - least;
  };
  const other = (difference: (a: number, k: number) => number): number => {
    let best = last;
    let widest = -1;
    for (const a of [last, n >> 1, n >> 2, 1]) {
      if (a === 0) continue;
      const width = wide((k) => difference(a, k));
      if (!(width <= Infinity)) return -1;
      if (width > widest) [best, widest] = [a, width];
    }
    return best;
  };
  const r = other((a, k) => at(0, k) - at(a, k));
  const c = other((a, k) => at(k, 0) - at(k, a));
  if (r < 0 || c < 0) return undefined;
  const sorted = (key: (k: number) => number) => {
    const keys = Float64Array.from({ length: n }, (_, k) => key(k));
    return Int32Array.from({ length: n }, (_, k) => k).sort(
      (a, b) => (keys[a] as number) - (keys[b] as number) || a - b,
    );
  };
  const order = sorted((k) => at(k, 0) - at(k, c));
  const columns = sorted((k) => at(0, k) - at(r, k));
  const row = (k: number) => order[k] as number;

  let scale = 0;
  for (let k = 0; k < n; k++) {
    scale = Math.max(scale, Math.abs(at(0, k)), Math.abs(at(r, k)), Math.abs(at(k, 0)), Math.abs(at(k, c)));
  }
  if (!(scale < 2 ** 900)) return undefined;
  const tolerance = scale * 2 ** -48;
  const quadruple = (i: number, k: number, flip: boolean) => {
    const [a, b] = [columns[flip ? last - k : k] as number, columns[flip ? last - k - 1 : k + 1] as number];
    return at(row(i), a) + at(row(i + 1), b) - at(row(i), b) - at(row(i + 1), a);
  };
  // Both orders of the columns are possible; the right one makes the quadruples negative.
  let sum = 0;
  for (let t = 0; t < TRIALS; t++) {
    const q = quadruple((t * 7919) % last, (t * 104729) % last, false);
    if (!Number.isFinite(q)) return undefined;
    sum += q;
  }
  const flip = sum > 0;
  for (let t = 0; t < TRIALS; t++) {
    if (quadruple((t * 7919) % last, (t * 104729) % last, flip) > tolerance) return undefined;
  }
  if (flip) columns.reverse();

  // All adjacent quadruples: the differences of neighboring rows fall along the columns.
  const before = new Float64Array(n);
  const line = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    rows.copy(row(i), 1, line);
    let previous = Infinity;
    for (let k = 0; k < n; k++) {
      const value = rows.sign * (line[columns[k] as number] as number);
      if (!(Math.abs(value) <= 4 * scale)) return undefined;
      if (i > 0) {
        const difference = value - (before[k] as number);
        if (difference > previous + tolerance) return undefined;
        if (difference < previous) previous = difference;
      }
      before[k] = value;
    }
  }

  // Duals along the diagonal: any v with c[k+1,k+1] − c[k+1,k] ≤ v[k+1] − v[k] ≤ c[k,k+1] − c[k,k].
  const rowToCol = new Int32Array(n);
  const colToRow = new Int32Array(n);
  const rowDual = new Float64Array(n);
  const colDual = new Float64Array(n);
  let v = 0;
  for (let k = 0; k < n; k++) {
    const [i, j] = [row(k), columns[k] as number];
    if (k > 0) {
      const [h, g] = [row(k - 1), columns[k - 1] as number];
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
