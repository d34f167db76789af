/**
 * Shortest augmenting paths in float64 for rows ≤ cols (Jonker & Volgenant 1987): column reduction, augmenting row reduction,
 * then one Dijkstra search over the columns for each row that is still free.
 *
 * One file, though long: its tables are variables of the module, which all of the search works on.
 */

/** float64 `[rows, width]`; padding columns are +Infinity. */
let costs: usize = 0;
/** float64 `[width]`: column duals; the same with −Infinity for columns that a search has reached; a search's distances. */
let v: usize = 0;
let open: usize = 0;
let distance: usize = 0;
/** float64 `[width]`: final distances of reached columns. */
let final: usize = 0;
/** float64 `[rows]`. */
let u: usize = 0;
/** int32 `[width]` each. */
let from: usize = 0;
let colToRow: usize = 0;
let reachedList: usize = 0;
/** int32 `[rows]` each. */
let rowToCol: usize = 0;
let free: usize = 0;
let rows: i32 = 0;
let cols: i32 = 0;
/** `cols` rounded up to a multiple of 4. */
let width: i32 = 0;

export function denseBytes(count: i32, wide: i32): f64 {
  const w = <f64>((wide + 3) & ~3);
  return 8 * <f64>count * w + 8 * 4 * w + 4 * 3 * w + 16 * <f64>count + 256;
}

/** Lays the tables out from `at` on. */
export function openDense(at: usize, count: i32, wide: i32): void {
  rows = count;
  cols = wide;
  width = (wide + 3) & ~3;
  const line = <usize>width << 3;
  costs = at;
  v = costs + <usize>rows * line;
  open = v + line;
  distance = open + line;
  final = distance + line;
  u = final + line;
  from = u + (<usize>rows << 3);
  colToRow = from + (line >> 1);
  reachedList = colToRow + (line >> 1);
  rowToCol = reachedList + (line >> 1);
  free = rowToCol + (<usize>rows << 2);
}

/** Where `costs`, `v`, `u`, `rowToCol`, `colToRow` are. */
export function denseAddress(which: i32): usize {
  if (which == 0) return costs;
  if (which == 1) return v;
  if (which == 2) return u;
  if (which == 3) return rowToCol;
  return colToRow;
}

/** Puts `count` lines of `rows` costs, the columns from `first` on, into their columns; `first` a multiple of 8. */
export function transpose(given: usize, first: i32, count: i32): void {
  const line = <usize>width << 3;
  const given8 = <usize>rows << 3;
  for (let i = 0; i < rows; i++) {
    let to = costs + <usize>i * line + (<usize>first << 3);
    let at = given + (<usize>i << 3);
    for (let k = 0; k < count; k++) {
      store<f64>(to, load<f64>(at));
      to += 8;
      at += given8;
    }
  }
}

/** Largest finite magnitude; kinds of what isn't finite: 1 NaN, 2 −Infinity, 4 +Infinity. */
let largest: f64 = 0;
export function largestOf(): f64 {
  return largest;
}

let kinds: i32 = 0;
/** Rows took their best columns, and none was disputed: u is known, the gap 0. */
let tight: bool = false;

/**
 * Multiplies the costs of `count` rows from row `start` on by `factor`, pads them, looks at their range, and takes them into the columns' least
 * costs, which `v` holds after the last row.
 *
 * @returns the kinds seen since row 0
 */
export function prepare(start: i32, count: i32, factor: f64): i32 {
  const by = f64x2.splat(factor);
  const infinity = f64x2.splat(Infinity);
  const line = <usize>width << 3;
  if (start == 0) {
    largest = 0;
    kinds = 0;
    for (let o: usize = 0; o < line; o += 16) v128.store(v + o, infinity);
  }
  let nan = i64x2.splat(0);
  let plus = i64x2.splat(0);
  let minus = i64x2.splat(0);
  let most = f64x2.splat(0);
  const scaled = factor != 1;
  for (let i = start; i < start + count; i++) {
    const row = costs + <usize>i * line;
    for (let j = cols; j < width; j++) store<f64>(row + (<usize>j << 3), 0);
    for (let o: usize = 0; o < line; o += 16) {
      let x = v128.load(row + o);
      if (scaled) {
        x = f64x2.mul(by, x);
        v128.store(row + o, x);
      }
      nan = v128.or(nan, f64x2.ne(x, x));
      const up = f64x2.eq(x, infinity);
      plus = v128.or(plus, up);
      minus = v128.or(minus, f64x2.eq(f64x2.neg(x), infinity));
      most = f64x2.pmax(most, v128.andnot(f64x2.abs(x), up));
      v128.store(v + o, f64x2.pmin(v128.load(v + o), x));
    }
    for (let j = cols; j < width; j++) store<f64>(row + (<usize>j << 3), Infinity);
  }
  largest = max<f64>(largest, max<f64>(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1)));
  kinds |= (v128.any_true(nan) ? 1 : 0) | (v128.any_true(minus) ? 2 : 0) | (v128.any_true(plus) ? 4 : 0);
  return kinds;
}

let first: f64 = 0;
let second: f64 = 0;
let firstAt: i32 = 0;
let secondAt: i32 = 0;

/** Least and second least reduced cost of a row. */
function twoLeast(row: usize): void {
  const end = <usize>width << 3;
  // Two lanes twice: least and second least of every fourth column.
  let a = f64x2.splat(Infinity);
  let a2 = f64x2.splat(Infinity);
  let b = f64x2.splat(Infinity);
  let b2 = f64x2.splat(Infinity);
  for (let o: usize = 0; o < end; o += 32) {
    const x = f64x2.sub(v128.load(row + o), v128.load(v + o));
    const y = f64x2.sub(v128.load(row + o, 16), v128.load(v + o, 16));
    a2 = f64x2.pmin(a2, f64x2.pmax(a, x));
    a = f64x2.pmin(a, x);
    b2 = f64x2.pmin(b2, f64x2.pmax(b, y));
    b = f64x2.pmin(b, y);
  }
  const least = f64x2.pmin(a, b);
  let next = f64x2.pmin(f64x2.pmin(a2, b2), f64x2.pmax(a, b));
  const l0 = f64x2.extract_lane(least, 0);
  const l1 = f64x2.extract_lane(least, 1);
  first = min<f64>(l0, l1);
  second = min<f64>(
    max<f64>(l0, l1),
    min<f64>(f64x2.extract_lane(next, 0), f64x2.extract_lane(next, 1)),
  );
  firstAt = -1;
  secondAt = -1;
  if (!(first < Infinity)) return;
  const at = f64x2.splat(first);
  const at2 = f64x2.splat(second);
  for (let o: usize = 0; o < end; o += 16) {
    const x = f64x2.sub(v128.load(row + o), v128.load(v + o));
    const hit = v128.or(f64x2.eq(x, at), f64x2.eq(x, at2));
    if (!v128.any_true(hit)) continue;
    for (let k: usize = 0; k < 2; k++) {
      const j = <i32>((o >> 3) + k);
      const value = k == 0 ? f64x2.extract_lane(x, 0) : f64x2.extract_lane(x, 1);
      if (value == first && firstAt < 0) firstAt = j;
      else if (value == second && secondAt < 0) secondAt = j;
    }
    if (firstAt >= 0 && (secondAt >= 0 || second == Infinity)) break;
  }
}

// @ts-ignore: decorator
@inline
function assign(i: i32, j: i32): void {
  store<i32>(rowToCol + (<usize>i << 2), j);
  store<i32>(colToRow + (<usize>j << 2), i);
}

// @ts-ignore: decorator
@inline
function ownerOf(j: i32): i32 {
  return load<i32>(colToRow + (<usize>j << 2));
}

/**
 * Solves the problem. `start`: 0 takes the columns' least costs from {@link prepare} as duals (rectangular: 0); 1 takes the duals that `v` holds (square problems only); 2 starts from 0
 * and bids for nothing, which keeps duals near the costs assigned: huge ones drown small costs.
 *
 * @returns −1, or a row that can't be matched
 */
export function solveDense(start: i32): i32 {
  const line = <usize>width << 3;
  for (let i = 0; i < rows; i++) store<i32>(rowToCol + (<usize>i << 2), -1);
  for (let j = 0; j < width; j++) store<i32>(colToRow + (<usize>j << 2), -1);
  if (rows == cols && start == 0) {
    for (let j = 0; j < cols; j++) if (load<f64>(v + (<usize>j << 3)) == Infinity) return -2 - j;
  } else if (start != 1) {
    for (let j = 0; j < cols; j++) store<f64>(v + (<usize>j << 3), 0);
  }
  for (let j = cols; j < width; j++) store<f64>(v + (<usize>j << 3), 0);

  // Rows take their best column while it is free; of equal ones any that is free.
  let waiting = 0;
  for (let i = 0; i < rows; i++) {
    const row = costs + <usize>i * line;
    twoLeast(row);
    if (firstAt < 0) return i;
    let j = firstAt;
    if (ownerOf(j) >= 0 && first == second) {
      for (j = secondAt; j < cols; j++) {
        const o = <usize>j << 3;
        if (load<f64>(row + o) - load<f64>(v + o) == first && ownerOf(j) < 0) break;
      }
      if (j == cols) j = firstAt;
    }
    store<f64>(u + (<usize>i << 3), first);
    if (ownerOf(j) < 0) assign(i, j);
    else store<i32>(free + (<usize>(waiting++) << 2), i);
  }

  tight = waiting == 0;
  if (tight) return -1;

  // Augmenting row reduction, twice: a free row takes its best column and lowers its dual by the advantage over the second.
  for (let round = 0; round < 2 && waiting > 0 && start != 2; round++) {
    const given = waiting;
    let k = 0;
    let budget = 4 * rows + 16;
    waiting = 0;
    while (k < given) {
      const i = load<i32>(free + (<usize>(k++) << 2));
      twoLeast(costs + <usize>i * line);
      if (firstAt < 0) return i;
      if (second == Infinity || budget-- <= 0) {
        store<i32>(free + (<usize>(waiting++) << 2), i);
        continue;
      }
      const price = v + (<usize>firstAt << 3);
      const lower = load<f64>(price) - (second - first);
      let j = firstAt;
      const better = lower < load<f64>(price);
      if (!better && ownerOf(j) >= 0 && secondAt >= 0 && first == second) j = secondAt;
      const loser = ownerOf(j);
      if (better) store<f64>(price, lower);
      else if (loser >= 0) {
        store<i32>(free + (<usize>(waiting++) << 2), i);
        continue;
      }
      assign(i, j);
      if (loser >= 0) {
        store<i32>(rowToCol + (<usize>loser << 2), -1);
        // It bids next: there is room, since row i left the list.
        store<i32>(free + (<usize>(--k) << 2), loser);
      }
    }
  }

  for (let k = 0; k < waiting; k++) {
    const i = load<i32>(free + (<usize>k << 2));
    if (!search(i)) return i;
  }
  return -1;
}

/** Matches row `start` by a shortest augmenting path; false if there is none. */
function search(start: i32): bool {
  const line = <usize>width << 3;
  memory.copy(open, v, line);
  for (let j = cols; j < width; j++) store<f64>(open + (<usize>j << 3), -Infinity);
  const infinity = f64x2.splat(Infinity);
  for (let o: usize = 0; o < line; o += 16) v128.store(distance + o, infinity);
  let count = 0;
  let row = start;
  let reached: f64 = 0;
  let offset: f64 = 0;
  let sink = -1;
  for (;;) {
    const at = costs + <usize>row * line;
    const by = f64x2.splat(offset);
    const mine = row;
    let least = infinity;
    for (let o: usize = 0; o < line; o += 32) {
      const x = f64x2.add(f64x2.sub(v128.load(at + o), v128.load(open + o)), by);
      const y = f64x2.add(f64x2.sub(v128.load(at + o, 16), v128.load(open + o, 16)), by);
      let dx = v128.load(distance + o);
      let dy = v128.load(distance + o, 16);
      const lowerX = f64x2.lt(x, dx);
      const lowerY = f64x2.lt(y, dy);
      if (v128.any_true(v128.or(lowerX, lowerY))) {
        dx = f64x2.pmin(dx, x);
        dy = f64x2.pmin(dy, y);
        v128.store(distance + o, dx);
        v128.store(distance + o, dy, 16);
        const mask = i64x2.bitmask(lowerX) | (i64x2.bitmask(lowerY) << 2);
        const to = from + (o >> 1);
        if (mask & 1) store<i32>(to, mine);
        if (mask & 2) store<i32>(to, mine, 4);
        if (mask & 4) store<i32>(to, mine, 8);
        if (mask & 8) store<i32>(to, mine, 12);
      }
      least = f64x2.pmin(least, f64x2.pmin(dx, dy));
    }
    const nearest = min<f64>(f64x2.extract_lane(least, 0), f64x2.extract_lane(least, 1));
    if (!(nearest < Infinity)) return false;
    reached = nearest;
    // Of equally near columns a free one ends the search.
    let column = -1;
    const limit = f64x2.splat(nearest);
    for (let o: usize = 0; o < line; o += 16) {
      const mask = i64x2.bitmask(f64x2.eq(v128.load(distance + o), limit));
      if (mask == 0) continue;
      const j = <i32>(o >> 3);
      if (mask & 1) {
        if (ownerOf(j) < 0) {
          sink = j;
          break;
        }
        if (column < 0) column = j;
      }
      if (mask & 2) {
        if (ownerOf(j + 1) < 0) {
          sink = j + 1;
          break;
        }
        if (column < 0) column = j + 1;
      }
    }
    if (sink >= 0) break;
    const o = <usize>column << 3;
    store<f64>(final + o, nearest);
    store<f64>(open + o, -Infinity);
    store<f64>(distance + o, Infinity);
    store<i32>(reachedList + (<usize>(count++) << 2), column);
    row = ownerOf(column);
    // Distance to row: that to its column; the pair is tight.
    offset = nearest - (load<f64>(costs + <usize>row * line + o) - load<f64>(v + o));
  }
  for (let k = 0; k < count; k++) {
    const o = <usize>load<i32>(reachedList + (<usize>k << 2)) << 3;
    store<f64>(v + o, load<f64>(v + o) + (load<f64>(final + o) - reached));
  }
  let i = -1;
  for (let column = sink; i != start; ) {
    i = load<i32>(from + (<usize>column << 2));
    const next = load<i32>(rowToCol + (<usize>i << 2));
    assign(i, column);
    column = next;
  }
  return true;
}

/** Sets u to the largest feasible row duals; returns how far the matching's total is from the duals' bound. */
export function provenGap(): f64 {
  if (tight) return 0;
  const line = <usize>width << 3;
  let gap: f64 = 0;
  for (let i = 0; i < rows; i++) {
    const row = costs + <usize>i * line;
    let least = f64x2.splat(Infinity);
    let other = f64x2.splat(Infinity);
    for (let o: usize = 0; o < line; o += 32) {
      least = f64x2.pmin(least, f64x2.sub(v128.load(row + o), v128.load(v + o)));
      other = f64x2.pmin(other, f64x2.sub(v128.load(row + o, 16), v128.load(v + o, 16)));
    }
    least = f64x2.pmin(least, other);
    const dual = min<f64>(f64x2.extract_lane(least, 0), f64x2.extract_lane(least, 1));
    store<f64>(u + (<usize>i << 3), dual);
    const o = <usize>load<i32>(rowToCol + (<usize>i << 2)) << 3;
    gap += load<f64>(row + o) - load<f64>(v + o) - dual;
  }
  return gap;
}
