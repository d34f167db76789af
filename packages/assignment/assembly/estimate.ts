import { read } from './ingest';
import { line, n, stride } from './state';

/** e^x for −87 < x < 88, to 2e-7; below that e^−87. */
// @ts-ignore: decorator
@inline
function exp4(x: v128): v128 {
  const t = f32x4.mul(f32x4.min(f32x4.max(x, f32x4.splat(-87)), f32x4.splat(88)), f32x4.splat(1.44269504));
  const whole = f32x4.nearest(t);
  const f = f32x4.sub(t, whole);
  // 2^f on [−1/2, 1/2]: Taylor's polynomial, of degree 5.
  let p = f32x4.splat(0.0013333558);
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.0096181291));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.055504109));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.24022651));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.69314718));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(1));
  return i32x4.add(p, i32x4.shl(i32x4.trunc_sat_f32x4_s(whole), 23));
}

/**
 * weights[j] = Σ over `count` rows of n · e^(−c[j]/T) / Σ e^(−c/T), with c[j] = sign · given[j] − offsets[j]: how much the rows want
 * each column at temperature T.
 *
 * @param weights - float32 `[stride]`
 */
export function want(
  given: usize,
  offsets: usize,
  count: i32,
  sign: f64,
  temperature: f32,
  weights: usize,
): void {
  const scale = f32x4.splat(-1 / temperature);
  const end = <usize>stride << 2;
  memory.fill(weights, 0, end);
  for (let r = 0; r < count; r++) {
    read(line, given + (<usize>r * <usize>n << 3), offsets, sign);
    let least4 = f32x4.splat(Infinity);
    for (let o: usize = 0; o < end; o += 16) least4 = f32x4.pmin(least4, v128.load(line + o));
    const least = min<f32>(
      min<f32>(f32x4.extract_lane(least4, 0), f32x4.extract_lane(least4, 1)),
      min<f32>(f32x4.extract_lane(least4, 2), f32x4.extract_lane(least4, 3)),
    );
    const shift = f32x4.splat(least);
    let total4 = f32x4.splat(0);
    for (let o: usize = 0; o < end; o += 16) {
      const e = exp4(f32x4.mul(f32x4.sub(v128.load(line + o), shift), scale));
      v128.store(line + o, e);
      total4 = f32x4.add(total4, e);
    }
    const share = f32x4.splat(
      <f32>n /
        (f32x4.extract_lane(total4, 0) +
          f32x4.extract_lane(total4, 1) +
          (f32x4.extract_lane(total4, 2) + f32x4.extract_lane(total4, 3))),
    );
    for (let o: usize = 0; o < end; o += 16) {
      v128.store(weights + o, f32x4.add(v128.load(weights + o), f32x4.mul(share, v128.load(line + o))));
    }
  }
}
