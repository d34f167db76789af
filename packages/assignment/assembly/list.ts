import {
  base,
  bound,
  columns,
  counts,
  floor,
  line,
  listed,
  longColumns,
  longCosts,
  longCounts,
  most,
  n,
  prices,
  size,
  stride,
  sums,
  values,
} from './state';

// @ts-ignore: decorator
@inline
export function nextUp(x: f32): f32 {
  const bits = reinterpret<u32>(x);
  if (x == 0) return reinterpret<f32>(<u32>1);
  return reinterpret<f32>(x > 0 ? bits + 1 : bits - 1);
}

/** How many sums of the line are below `limit`. */
function countBelow(limit: f32): i32 {
  const limit4 = f32x4.splat(limit);
  let count = i32x4.splat(0);
  for (let o: usize = 0, end = <usize>stride << 2; o < end; o += 64) {
    const a = f32x4.lt(v128.load(line + o), limit4);
    const b = f32x4.lt(v128.load(line + o, 16), limit4);
    const c = f32x4.lt(v128.load(line + o, 32), limit4);
    const d = f32x4.lt(v128.load(line + o, 48), limit4);
    count = i32x4.add(count, i32x4.add(i32x4.add(a, b), i32x4.add(c, d)));
  }
  return -(
    i32x4.extract_lane(count, 0) +
    i32x4.extract_lane(count, 1) +
    i32x4.extract_lane(count, 2) +
    i32x4.extract_lane(count, 3)
  );
}

/** float32 in an order that integers keep. */
// @ts-ignore: decorator
@inline
function ordered(x: f32): i32 {
  const bits = reinterpret<i32>(x);
  return bits ^ ((bits >> 31) & 0x7fffffff);
}

// @ts-ignore: decorator
@inline
function unordered(bits: i32): f32 {
  return reinterpret<f32>(bits ^ ((bits >> 31) & 0x7fffffff));
}

/** Standard deviations below the mean at which the last row's long list ended. */
let reach: f32 = 1.5;

/** Forgets the last problem: the same costs get the same lists. */
export function restart(): void {
  reach = 1.5;
}

/**
 * A limit below which there are between half of `most` and `most` sums of the line; if ties forbid that, the largest limit
 * with at most `most`.
 */
function limitOf(mean: f32, deviation: f32): f32 {
  let guess = mean - reach * deviation;
  for (let tries = 0; tries < 6; tries++) {
    const count = countBelow(guess);
    if (count > most) reach += 0.06 + 0.15 * min<f32>(8, <f32>count / <f32>most - 1);
    else if (2 * count < most) reach -= count == 0 ? <f32>0.5 : 0.1;
    else {
      if (4 * count < 3 * most) reach -= 0.01;
      return guess;
    }
    guess = mean - reach * deviation;
  }
  reach = 1.5;
  let low = ordered(-f32.MAX_VALUE);
  let high = ordered(Infinity);
  // More than `most` are below `high`, at most `most` below `low`.
  while (<i64>high - <i64>low > 1) {
    const middle = <i32>((<i64>low + <i64>high) >> 1);
    const count = countBelow(unordered(middle));
    if (count > most) high = middle;
    else {
      low = middle;
      if (2 * count >= most) break;
    }
  }
  return unordered(low);
}

/** Makes row i's long list: the columns of least sum in `line`, which holds costs, prices included if `priced`. */
export function pick(i: i32, mean: f32, deviation: f32, priced: bool): void {
  const list = longColumns + (<usize>(i * most) << 2);
  const copies = longCosts + (<usize>(i * most) << 2);
  let count = 0;
  let limit: f32 = Infinity;
  if (n <= most) {
    for (; count < n; count++) {
      const o = <usize>count << 2;
      store<i32>(list + o, count);
      store<f32>(copies + o, load<f32>(line + o));
    }
  } else {
    limit = limitOf(mean, deviation);
    const limit4 = f32x4.splat(limit);
    let to: usize = 0;
    for (let o: usize = 0, end = <usize>stride << 2; o < end; o += 64) {
      const a = f32x4.lt(v128.load(line + o), limit4);
      const b = f32x4.lt(v128.load(line + o, 16), limit4);
      const c = f32x4.lt(v128.load(line + o, 32), limit4);
      const d = f32x4.lt(v128.load(line + o, 48), limit4);
      // Bits in the order of the columns: 32-bit lanes narrowed to bytes.
      let mask = i8x16.bitmask(
        i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)),
      );
      while (mask != 0) {
        const at = o + (<usize>ctz(mask) << 2);
        mask &= mask - 1;
        store<i32>(list + to, <i32>(at >> 2));
        store<f32>(copies + to, load<f32>(line + at));
        to += 4;
      }
    }
    count = <i32>(to >> 2);
    // Ties at the limit fill up what would be too short a list.
    if (2 * count < most) {
      for (let j = 0; j < n && count < most; j++) {
        if (load<f32>(line + (<usize>j << 2)) != limit) continue;
        store<i32>(list + (<usize>count << 2), j);
        store<f32>(copies + (<usize>count << 2), limit);
        count++;
      }
    }
  }
  if (priced) {
    for (let k = 0; k < count; k++) {
      const o = <usize>k << 2;
      store<f32>(copies + o, load<f32>(copies + o) - load<f32>(prices + (<usize>load<i32>(list + o) << 2)));
    }
  }
  const row = <usize>i << 2;
  store<i32>(longCounts + row, count);
  store<f32>(floor + row, limit);
  store<f32>(base + row, priced ? NaN : limit);
  store<i32>(counts + row, 0);
  store<f32>(bound + row, -Infinity);
}

/** Raises the floors of the lists made at prices 0 by the least price. */
export function raise(): void {
  let least: f32 = Infinity;
  for (let j = 0; j < n; j++) least = min<f32>(least, load<f32>(prices + (<usize>j << 2)));
  for (let i = 0; i < n; i++) {
    const at = <usize>i << 2;
    const first = load<f32>(base + at);
    // Rounded down: float32 sums of costs and prices are.
    if (first == first) store<f32>(floor + at, first + least);
  }
}

/**
 * Makes row i's short list from its long one: its columns of least cost + price, in ascending order; at least two, unless there
 * aren't. What is not in the list costs at least `bound[i]`, now and for as long as prices only rise.
 */
export function shorten(i: i32): void {
  const row = <usize>i << 2;
  const from = <usize>(i * most) << 2;
  const all = longColumns + from;
  const costs = longCosts + from;
  const list = columns + (<usize>(i * size) << 2);
  const copies = listed + (<usize>(i * size) << 2);
  const end = <usize>load<i32>(longCounts + row) << 2;
  const last = <usize>(size - 1) << 2;
  for (let o: usize = 0; o < end; o += 4) {
    store<f32>(sums + o, load<f32>(costs + o) + load<f32>(prices + (<usize>load<i32>(all + o) << 2)));
  }
  for (let o = end; o < ((end + 63) & ~63); o += 4) store<f32>(sums + o, Infinity);
  // Least sum of every fourth: four are as cheap as the dearest of these, and seldom more than a dozen.
  let even = f32x4.splat(Infinity);
  let odd = f32x4.splat(Infinity);
  for (let o: usize = 0; o < end; o += 32) {
    even = f32x4.pmin(even, v128.load(sums + o));
    odd = f32x4.pmin(odd, v128.load(sums + o, 16));
  }
  even = f32x4.pmin(even, odd);
  const dearest = max<f32>(
    max<f32>(f32x4.extract_lane(even, 0), f32x4.extract_lane(even, 1)),
    max<f32>(f32x4.extract_lane(even, 2), f32x4.extract_lane(even, 3)),
  );
  let limit = dearest < Infinity ? nextUp(dearest) : Infinity;
  const limit4 = f32x4.splat(limit);
  let count: usize = 0;
  for (let o: usize = 0; o < end; o += 64) {
    let mask = i8x16.bitmask(
      i8x16.narrow_i16x8_s(
        i16x8.narrow_i32x4_s(
          f32x4.lt(v128.load(sums + o), limit4),
          f32x4.lt(v128.load(sums + o, 16), limit4),
        ),
        i16x8.narrow_i32x4_s(
          f32x4.lt(v128.load(sums + o, 32), limit4),
          f32x4.lt(v128.load(sums + o, 48), limit4),
        ),
      ),
    );
    while (mask != 0) {
      const at = o + (<usize>ctz(mask) << 2);
      mask &= mask - 1;
      const sum = load<f32>(sums + at);
      if (!(sum < limit)) continue;
      let q: usize = count > last ? last : count;
      while (q > 0) {
        const before = load<f32>(values + q - 4);
        if (before <= sum) break;
        store<f32>(values + q, before);
        store<i32>(list + q, load<i32>(list + q - 4));
        store<f32>(copies + q, load<f32>(copies + q - 4));
        q -= 4;
      }
      store<f32>(values + q, sum);
      store<i32>(list + q, load<i32>(all + at));
      store<f32>(copies + q, load<f32>(costs + at));
      if (count <= last) count += 4;
      if (count > last) limit = load<f32>(values + last);
    }
  }
  store<i32>(counts + row, <i32>(count >> 2));
  store<f32>(bound + row, min<f32>(limit, load<f32>(floor + row)));
}
