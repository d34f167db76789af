// @ts-ignore: decorator
@inline
function nextUp(x: f32): f32 {
  const bits = reinterpret<u32>(x);
  if (x == 0) return reinterpret<f32>(<u32>1);
  return reinterpret<f32>(x > 0 ? bits + 1 : bits - 1);
}

/**
 * One phase of the auction: all rows bid until each has a column; a row that loses its column is next.
 *
 * @param cost - float32 `[n, n]`; n a multiple of 4 (pad columns with +Infinity beyond `n`; rows needn't be padded)
 * @param prices - float32 `[stride]`; kept between phases
 * @param rowToCol, colToRow, stack - int32 `[n]`, `[stride]`, `[n]`; overwritten
 * @param stride - numbers per row of `cost`
 * @param left - how many bids may be made
 * @returns how many are left, −1 if they didn't suffice
 */
export function bid(
  cost: usize,
  prices: usize,
  rowToCol: usize,
  colToRow: usize,
  stack: usize,
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
  const four = i32x4.splat(4);
  const end = <usize>stride << 2;
  let top = n;
  while (top > 0) {
    if (--left < 0) return -1;
    top--;
    const row = load<i32>(stack + (<usize>top << 2));
    const at = cost + <usize>row * end;
    // Least and second-least value of each of four interleaved columns, and where the least is.
    let best = f32x4.splat(Infinity);
    let next = f32x4.splat(Infinity);
    let where = i32x4.splat(0);
    let here = i32x4(0, 1, 2, 3);
    for (let o: usize = 0; o < end; o += 16) {
      const value = f32x4.add(v128.load(at + o), v128.load(prices + o));
      const lower = f32x4.lt(value, best);
      next = f32x4.pmin(next, f32x4.pmax(best, value));
      where = v128.bitselect(here, where, lower);
      best = f32x4.pmin(best, value);
      here = i32x4.add(here, four);
    }
    let first = f32x4.extract_lane(best, 0);
    let second = f32x4.extract_lane(next, 0);
    let column = i32x4.extract_lane(where, 0);
    const b1 = f32x4.extract_lane(best, 1);
    if (b1 < first) {
      second = first;
      first = b1;
      column = i32x4.extract_lane(where, 1);
    } else if (b1 < second) second = b1;
    const b2 = f32x4.extract_lane(best, 2);
    if (b2 < first) {
      second = first;
      first = b2;
      column = i32x4.extract_lane(where, 2);
    } else if (b2 < second) second = b2;
    const b3 = f32x4.extract_lane(best, 3);
    if (b3 < first) {
      second = first;
      first = b3;
      column = i32x4.extract_lane(where, 3);
    } else if (b3 < second) second = b3;
    second = min(second, f32x4.extract_lane(next, 0));
    second = min(second, f32x4.extract_lane(next, 1));
    second = min(second, f32x4.extract_lane(next, 2));
    second = min(second, f32x4.extract_lane(next, 3));

    const price = prices + (<usize>column << 2);
    const old = load<f32>(price);
    // Prices must rise, or two rows could bid against each other for ever.
    store<f32>(price, max(old + ((second - first) + epsilon), nextUp(old)));
    const owner = colToRow + (<usize>column << 2);
    const loser = load<i32>(owner);
    if (loser >= 0) {
      store<i32>(rowToCol + (<usize>loser << 2), -1);
      store<i32>(stack + (<usize>top << 2), loser);
      top++;
    }
    store<i32>(owner, row);
    store<i32>(rowToCol + (<usize>row << 2), column);
  }
  return left;
}
