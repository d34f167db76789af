import type { Bidding } from './bidding.js';
import type { CostRows } from './cost-rows.js';

/** Looks at one row after which the proof is given up. */
const VISITS = 250;
/** From so many looks at a row on, a cycle of cheaper exchanges is searched for. */
const SUSPICIOUS = 3;

/** A complete matching with duals that prove it optimal. */
export interface Proof {
  readonly rowToCol: Int32Array;
  readonly colToRow: Int32Array;
  readonly rowDual: Float64Array;
  readonly colDual: Float64Array;
  readonly gap: number;
  readonly totalCost: number;
}

/**
 * Float64 duals that prove the matching that bidding found optimal, from its candidate lists; where the matching isn't, it is mended.
 *
 * Tight pairs fix `u[i] = c[i,x(i)] − v[x(i)]`; the other constraints are `v[j] ≤ v[x(i)] + c[i,j] − c[i,x(i)]`, a
 * shortest-path problem between columns, solved by label correcting on the costs as given. If the columns' predecessors form
 * a cycle, exchanging along it is cheaper: it is done (Klein 1967), and the search goes on from the labels as they are. Only
 * listed pairs are looked at: what isn't listed costs at least the row's bound (less what rounding to float32 can have done),
 * and as duals of columns only fall, that stays so. A row whose own value comes near its bound gets a new list, and if that
 * is no better, is read whole.
 *
 * @returns undefined if the proof took too long
 */
// One function, since the search's inner loops are on the path that makes the solver fast: their state stays in local variables.
// eslint-disable-next-line max-lines-per-function
export function listedDuals(rows: CostRows, n: number, bidding: Bidding): Proof | undefined {
  const { columns, counts, bound, prices, offsets, size } = bidding;
  const rowToCol = bidding.rowToCol.slice();
  const colToRow = bidding.colToRow.slice();
  const { v, error, tolerance } = startOf(bidding, n);
  const exact = new Float64Array(n * size);
  const read = (i: number) => {
    for (let k = i * size, end = k + (counts[i] as number); k < end; k++)
      exact[k] = rows.at(i, columns[k] as number);
  };
  const own = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    read(i);
    own[i] = rows.at(i, rowToCol[i] as number);
  }
  const queue = new Int32Array(n);
  for (let i = 0; i < n; i++) queue[i] = i;
  const queued = new Uint8Array(n).fill(1);
  const visits = new Uint8Array(n);
  const whole = new Uint8Array(n);
  const line = new Float64Array(n);
  const from = new Int32Array(n).fill(-1);
  const seen = new Int32Array(n).fill(-1);
  let wholeRows = 4 * n;
  let head = 0;
  let waiting = n;
  const enqueue = (i: number) => {
    if (queued[i] === 1) return;
    queued[i] = 1;
    const tail = head + waiting++;
    queue[tail < n ? tail : tail - n] = i;
  };

  /** Exchanges along the cycle of predecessors behind a row, if there is one: each of its columns goes to the row that lowered it. */
  let walk = 0;
  const exchange = (start: number) => {
    const cycle = cycleFrom(start, { rowToCol, from, seen }, ++walk);
    const rowsOf = cycle.map((j) => from[j] as number);
    cycle.forEach((j, k) => {
      const row = rowsOf[k] as number;
      rowToCol[row] = j;
      colToRow[j] = row;
      own[row] = rows.at(row, j);
      from[j] = -1;
      enqueue(row);
    });
  };

  for (;;) {
    while (waiting > 0) {
      const i = queue[head] as number;
      head = head + 1 === n ? 0 : head + 1;
      waiting--;
      queued[i] = 0;
      const looks = ((visits[i] as number) + 1) | 0;
      if (looks > VISITS) return undefined;
      visits[i] = looks;
      if (looks >= SUSPICIOUS) exchange(i);
      const base = (v[rowToCol[i] as number] as number) - (own[i] as number);
      if (whole[i] === 1) {
        if (--wholeRows < 0) return undefined;
        rows.copy(i, 1, line);
        for (let j = 0; j < n; j++) {
          // What was copied may be a lower bound.
          if (!(base + rows.sign * (line[j] as number) < (v[j] as number) - tolerance)) continue;
          const to = base + rows.at(i, j);
          if (to < (v[j] as number) - tolerance) {
            v[j] = to;
            from[j] = i;
            enqueue(colToRow[j] as number);
          }
        }
      } else {
        for (let k = i * size, end = k + (counts[i] as number); k < end; k++) {
          const j = columns[k] as number;
          const to = base + (exact[k] as number);
          if (to < (v[j] as number) - tolerance) {
            v[j] = to;
            from[j] = i;
            enqueue(colToRow[j] as number);
          }
        }
      }
    }
    // Rows whose own column isn't below the bound of what is not listed.
    let stale = false;
    for (let i = 0; i < n; i++) {
      if (whole[i] === 1) continue;
      const u = (own[i] as number) - (v[rowToCol[i] as number] as number);
      if (u <= (bound[i] as number) - error) continue;
      if (!stale) {
        for (let j = 0; j < n; j++) prices[j] = (offsets[j] as number) - (v[j] as number);
        stale = true;
      }
      bidding.refresh(i, false);
      if (!(u <= (bound[i] as number) - error)) bidding.refresh(i, true);
      if (!(u <= (bound[i] as number) - error)) whole[i] = 1;
      read(i);
      enqueue(i);
    }
    if (!stale) break;
  }

  return proofOf(rows, { bidding, rowToCol, colToRow, own, v, exact, whole });
}

/** How predecessors lead from column to column. */
interface Predecessors {
  readonly rowToCol: Int32Array;
  /** Row that lowered a column's label last; −1 for none. */
  readonly from: Int32Array;
  /** The last walk that came by a column. */
  readonly seen: Int32Array;
}

/** The columns of the cycle that predecessors lead to from row `start`; none if they end. */
function cycleFrom(start: number, { rowToCol, from, seen }: Predecessors, walk: number): number[] {
  let column = rowToCol[start] as number;
  while (seen[column] !== walk) {
    seen[column] = walk;
    const row = from[column] as number;
    if (row < 0) return [];
    column = rowToCol[row] as number;
  }
  const first = column;
  const cycle: number[] = [];
  do {
    cycle.push(column);
    column = rowToCol[from[column] as number] as number;
  } while (column !== first);
  return cycle;
}

/** Column duals to start from, and what rounding can have done. */
function startOf(bidding: Bidding, n: number): { v: Float64Array; error: number; tolerance: number } {
  const { prices, offsets } = bidding;
  const v = new Float64Array(n);
  let dearest = 0;
  let furthest = 0;
  for (let j = 0; j < n; j++) {
    const price = prices[j] as number;
    if (price > dearest) dearest = price;
    const offset = Math.abs(offsets[j] as number);
    if (offset > furthest) furthest = offset;
    v[j] = (offsets[j] as number) - price;
  }
  const magnitude = bidding.largest + furthest;
  return {
    v,
    // Of costs, prices and their sums to float32; of costs less offsets to float64.
    error: (bidding.largest + dearest) * 2 ** -21 + magnitude * 2 ** -50 + 2 ** -140,
    // Below this a lower label is rounding; following it could go round a cycle of ties for ever.
    tolerance: (magnitude + dearest) * 2 ** -51,
  };
}

/** What a search has come to. */
interface Searched {
  readonly bidding: Bidding;
  readonly rowToCol: Int32Array;
  readonly colToRow: Int32Array;
  /** Each row's own cost. */
  readonly own: Float64Array;
  /** Column duals. */
  readonly v: Float64Array;
  /** The listed pairs' costs. */
  readonly exact: Float64Array;
  /** 1 where a row is read whole. */
  readonly whole: Uint8Array;
}

/** Adds up what the duals prove. */
function proofOf(rows: CostRows, searched: Searched): Proof {
  const { rowToCol, colToRow, own, v, exact, whole } = searched;
  const { columns, counts, size } = searched.bidding;
  const n = own.length;
  const line = new Float64Array(n);
  const u = new Float64Array(n);
  let gap = 0;
  let totalCost = 0;
  for (let i = 0; i < n; i++) {
    const mine = (own[i] as number) - (v[rowToCol[i] as number] as number);
    totalCost += own[i] as number;
    let least = mine;
    if (whole[i] === 1) {
      rows.copy(i, 1, line);
      for (let j = 0; j < n; j++) {
        if (!(rows.sign * (line[j] as number) - (v[j] as number) < least)) continue;
        const reduced = rows.at(i, j) - (v[j] as number);
        if (reduced < least) least = reduced;
      }
    } else {
      for (let k = i * size, end = k + (counts[i] as number); k < end; k++) {
        const reduced = (exact[k] as number) - (v[columns[k] as number] as number);
        if (reduced < least) least = reduced;
      }
    }
    u[i] = mine;
    gap += mine - least;
  }
  return { rowToCol, colToRow, rowDual: u, colDual: v, gap, totalCost };
}
