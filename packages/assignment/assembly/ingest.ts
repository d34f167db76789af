import { total } from './lanes';
import { pick, restart } from './list';
import { line, n, prices, stride } from './state';

/** sums[j] += factor · Σ of `count` rows' entries in column j: float64, rows of n one after the other. */
export function accumulate(sums: usize, given: usize, count: i32, factor: f64): void {
  const by = f64x2.splat(factor);
  const end = <usize>(n & ~1) << 3;
  for (let r = 0; r < count; r++) {
    const row = given + (<usize>r * <usize>n << 3);
    for (let o: usize = 0; o < end; o += 16) {
      v128.store(sums + o, f64x2.add(v128.load(sums + o), f64x2.mul(by, v128.load(row + o))));
    }
    if (n & 1) store<f64>(sums + end, load<f64>(sums + end) + factor * load<f64>(row + end));
  }
}

let sum: f64 = 0;
let squares: f64 = 0;

/** Σ (sign · given[i,j] − offsets[j])² of `count` rows. */
export function squaresOf(given: usize, offsets: usize, count: i32, sign: f64): f64 {
  let all: f64 = 0;
  for (let r = 0; r < count; r++) {
    read(line, given + (<usize>r * <usize>n << 3), offsets, sign);
    all += squares;
  }
  return all;
}

/**
 * to[j] = float32(sign · from[j] − offsets[j]), padded with +Infinity.
 *
 * @returns the largest magnitude, NaN if there is a NaN or an infinity
 */
export function read(to: usize, from: usize, offsets: usize, sign: f64): f32 {
  const by = f64x2.splat(sign);
  let largest = f32x4.splat(0);
  let sumA = f32x4.splat(0);
  let sumB = f32x4.splat(0);
  let squaresA = f32x4.splat(0);
  let squaresB = f32x4.splat(0);
  const n8 = n & ~7;
  let most: f32 = 0;
  let rest: f32 = 0;
  let restSquares: f32 = 0;
  let j = 0;
  for (; j < n8; j += 8) {
    const o = <usize>j << 3;
    const a = f64x2.sub(f64x2.mul(by, v128.load(from + o)), v128.load(offsets + o));
    const b = f64x2.sub(f64x2.mul(by, v128.load(from + o, 16)), v128.load(offsets + o, 16));
    const c = f64x2.sub(f64x2.mul(by, v128.load(from + o, 32)), v128.load(offsets + o, 32));
    const d = f64x2.sub(f64x2.mul(by, v128.load(from + o, 48)), v128.load(offsets + o, 48));
    const v = v128.shuffle<i64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
    const w = v128.shuffle<i64>(f32x4.demote_f64x2_zero(c), f32x4.demote_f64x2_zero(d), 0, 2);
    v128.store(to + (o >> 1), v);
    v128.store(to + (o >> 1), w, 16);
    largest = f32x4.pmax(largest, f32x4.pmax(f32x4.abs(v), f32x4.abs(w)));
    sumA = f32x4.add(sumA, v);
    sumB = f32x4.add(sumB, w);
    squaresA = f32x4.add(squaresA, f32x4.mul(v, v));
    squaresB = f32x4.add(squaresB, f32x4.mul(w, w));
  }
  for (; j < n; j++) {
    const o = <usize>j << 3;
    const v = <f32>(sign * load<f64>(from + o) - load<f64>(offsets + o));
    store<f32>(to + (o >> 1), v);
    most = max<f32>(most, abs<f32>(v));
    rest += v;
    restSquares += v * v;
  }
  for (; j < stride; j++) store<f32>(to + (<usize>j << 2), Infinity);
  sum = <f64>rest + total(sumA) + total(sumB);
  squares = <f64>restSquares + total(squaresA) + total(squaresB);
  most = max<f32>(most, f32x4.extract_lane(largest, 0));
  most = max<f32>(most, f32x4.extract_lane(largest, 1));
  most = max<f32>(most, f32x4.extract_lane(largest, 2));
  most = max<f32>(most, f32x4.extract_lane(largest, 3));
  // A NaN or an infinity is in the sum, whatever the comparisons did with it.
  return most + <f32>(0 * sum);
}

// @ts-ignore: decorator
@inline
function spread(mean: f64): f32 {
  return <f32>sqrt(max<f64>(0, squares / <f64>n - mean * mean));
}

/**
 * Takes `count` rows of float64 costs in, from row `first` on, and makes their long lists at prices 0.
 *
 * @returns the largest magnitude, NaN if there is a NaN
 */
export function ingest(given: usize, offsets: usize, first: i32, count: i32, sign: f64): f32 {
  let most: f32 = 0;
  if (first == 0) restart();
  for (let r = 0; r < count; r++) {
    most = max<f32>(most, read(line, given + (<usize>r * <usize>n << 3), offsets, sign));
    if (!(most < Infinity)) return most;
    const mean = sum / <f64>n;
    pick(first + r, <f32>mean, spread(mean), false);
  }
  return most;
}

/** Makes row i's long list anew at the present prices, from its float64 costs. */
export function renew(given: usize, offsets: usize, i: i32, sign: f64): void {
  read(line, given, offsets, sign);
  const mean = sum / <f64>n;
  for (let o: usize = 0; o < <usize>stride << 2; o += 16) {
    v128.store(line + o, f32x4.add(v128.load(line + o), v128.load(prices + o)));
  }
  pick(i, <f32>mean, spread(mean), true);
}
