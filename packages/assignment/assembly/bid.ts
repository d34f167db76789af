/** Cheapest columns that each row keeps in a list, in order; see src/bid.ts, which does the same without SIMD. */
const LIST: i32 = 8;

/** The next larger float32. */
function nextUp(x: f32): f32 {
  if (x == 0) return reinterpret<f32>(<u32>1);
  const bits = reinterpret<u32>(x);
  return reinterpret<f32>(x > 0 ? bits + 1 : bits - 1);
}

/** Puts a value below the last of `top` into its place among them, its column among the list's. */
function insert(top: usize, list: usize, value: f32, column: i32): void {
  let k = LIST;
  while (k > 0) {
    const before = load<f32>(top + (<usize>(k - 1) << 2));
    if (before <= value) break;
    store<f32>(top + (<usize>k << 2), before);
    if (k < LIST) store<i32>(list + (<usize>k << 2), load<i32>(list + (<usize>(k - 1) << 2)));
    k--;
  }
  store<f32>(top + (<usize>k << 2), value);
  if (k < LIST) store<i32>(list + (<usize>k << 2), column);
}

/** Inserts those of four values that are below the last of `top`. */
function insertLanes(top: usize, list: usize, values: v128, column: i32): void {
  const value0 = f32x4.extract_lane(values, 0);
  if (value0 < load<f32>(top + (<usize>LIST << 2))) insert(top, list, value0, column);
  const value1 = f32x4.extract_lane(values, 1);
  if (value1 < load<f32>(top + (<usize>LIST << 2))) insert(top, list, value1, column + 1);
  const value2 = f32x4.extract_lane(values, 2);
  if (value2 < load<f32>(top + (<usize>LIST << 2))) insert(top, list, value2, column + 2);
  const value3 = f32x4.extract_lane(values, 3);
  if (value3 < load<f32>(top + (<usize>LIST << 2))) insert(top, list, value3, column + 3);
}

/**
 * Finds the LIST cheapest columns at the present prices, in order.
 *
 * @param cost - float32 `[stride]`, a row; stride a multiple of 16
 * @param top - float32 `[LIST + 1]`: their values, and that of the next one
 */
function scan(cost: usize, prices: usize, stride: i32, list: usize, top: usize): void {
  for (let k = 0; k <= LIST; k++) store<f32>(top + (<usize>k << 2), Infinity);
  for (let k = 0; k < LIST; k++) store<i32>(list + (<usize>k << 2), 0);
  const end = <usize>stride << 2;
  let last = f32x4.splat(Infinity);
  for (let o: usize = 0; o < end; o += 64) {
    const a = f32x4.add(v128.load(cost + o), v128.load(prices + o));
    const b = f32x4.add(v128.load(cost + o, 16), v128.load(prices + o, 16));
    const c = f32x4.add(v128.load(cost + o, 32), v128.load(prices + o, 32));
    const d = f32x4.add(v128.load(cost + o, 48), v128.load(prices + o, 48));
    const least = f32x4.pmin(f32x4.pmin(a, b), f32x4.pmin(c, d));
    if (v128.any_true(f32x4.lt(least, last))) {
      const column = <i32>(o >> 2);
      insertLanes(top, list, a, column);
      insertLanes(top, list, b, column + 4);
      insertLanes(top, list, c, column + 8);
      insertLanes(top, list, d, column + 12);
      last = v128.load32_splat(top + (<usize>LIST << 2));
    }
  }
}

/**
 * One phase of the auction: all rows bid until each has a column; a row that loses its column is next.
 *
 * @param cost - float32 `[n, stride]`, +Infinity from column n on; stride a multiple of 16
 * @param prices - float32 `[stride]`; kept between phases
 * @param rowToCol, colToRow, stack - int32 `[n]` each; overwritten
 * @param lists, listCosts - int32 and float32 `[n, LIST]`; kept between phases
 * @param bounds - float32 `[n]`: what columns off the list cost at least; -Infinity at first, kept between phases
 * @param top - float32 `[LIST + 1]`, room to work in
 * @param left - how many bids may be made
 * @returns how many are left, -1 if they didn't suffice
 */
export function bid(
  cost: usize,
  prices: usize,
  rowToCol: usize,
  colToRow: usize,
  stack: usize,
  lists: usize,
  listCosts: usize,
  bounds: usize,
  top: usize,
  n: i32,
  stride: i32,
  epsilon: f32,
  left: i32,
): i32 {
  for (let i = 0; i < n; i++) {
    const at = <usize>i << 2;
    store<i32>(rowToCol + at, -1);
    store<i32>(colToRow + at, -1);
    store<i32>(stack + at, n - 1 - i);
  }
  let waiting = n;
  while (waiting > 0) {
    if (--left < 0) return -1;
    waiting--;
    const row = load<i32>(stack + (<usize>waiting << 2));
    const list = lists + <usize>(row * LIST << 2);
    const costs = listCosts + <usize>(row * LIST << 2);
    let best: f32 = Infinity;
    let second: f32 = Infinity;
    let column = 0;
    for (let k: usize = 0; k < <usize>LIST << 2; k += 4) {
      const j = load<i32>(list + k);
      const value = load<f32>(costs + k) + load<f32>(prices + (<usize>j << 2));
      if (value < second) {
        if (value < best) {
          second = best;
          best = value;
          column = j;
        } else second = value;
      }
    }
    // Prices only rise, so what was off the list still costs its bound or more.
    const bound = bounds + (<usize>row << 2);
    if (!(second <= load<f32>(bound))) {
      const own = cost + (<usize>row * <usize>stride << 2);
      scan(own, prices, stride, list, top);
      for (let k: usize = 0; k < <usize>LIST << 2; k += 4) {
        store<f32>(costs + k, load<f32>(top + k) < Infinity ? load<f32>(own + (<usize>load<i32>(list + k) << 2)) : Infinity);
      }
      store<f32>(bound, load<f32>(top + (<usize>LIST << 2)));
      best = load<f32>(top);
      second = load<f32>(top + 4);
      column = load<i32>(list);
    }
    const price = prices + (<usize>column << 2);
    const old = load<f32>(price);
    // Prices must rise, or two rows could bid against each other for ever.
    store<f32>(price, max(old + (second - best + epsilon), nextUp(old)));
    const owner = colToRow + (<usize>column << 2);
    const loser = load<i32>(owner);
    if (loser >= 0) {
      store<i32>(rowToCol + (<usize>loser << 2), -1);
      store<i32>(stack + (<usize>waiting << 2), loser);
      waiting++;
    }
    store<i32>(owner, row);
    store<i32>(rowToCol + (<usize>row << 2), column);
  }
  return left;
}
