import { kernels, MOST_MEMORY } from './kernels.js';
import { pack, type Rows } from './rows.js';

/** What is summed over two rows' entries: products, or absolute differences. */
export type PairSum = 'products' | 'differences';

/** Rows of x at a time: a multiple of 3 (the kernel's tile). */
const BLOCK = 96;

/** Whether sums of rows go to the SIMD kernel, which adds up short runs in float32 and those in float64; all others are in float64. */
export function inSingle(x: Rows, y: Rows): boolean {
  return x.count * y.count * x.size > 4096 && kernels() !== null;
}

/**
 * Sums over all pairs of a row of x with a row of y, float64, a block of x's rows at a time.
 *
 * @param single - with the SIMD kernel, for float32 rows
 * @param take - gets the first row of the block, how many there are, and their sums `[count, stride]`; it must not keep them
 */
export function pairSums(
  sum: PairSum,
  x: Rows,
  y: Rows,
  single: boolean,
  take: (first: number, count: number, sums: Float64Array, stride: number) => void,
): void {
  if (x.count === 0 || y.count === 0) return;
  if (single && simdSums(sum, x, y, take)) return;
  for (let i = 0; i < x.count; i += BLOCK) {
    const count = Math.min(BLOCK, x.count - i);
    const part = { data: x.data.subarray(i * x.size, (i + count) * x.size), count, size: x.size };
    take(i, count, sum === 'products' ? plainProducts(part, y) : plainDifferences(part, y), y.count);
  }
}

/** All inner products of the rows of x with those of y, row-major. */
export function innerProducts(x: Rows, y: Rows): Float64Array {
  const out = new Float64Array(x.count * y.count);
  pairSums('products', x, y, inSingle(x, y), (first, count, sums, stride) => {
    for (let r = 0; r < count; r++) {
      out.set(sums.subarray(r * stride, r * stride + y.count), (first + r) * y.count);
    }
  });
  return out;
}

function simdSums(sum: PairSum, x: Rows, y: Rows, take: Parameters<typeof pairSums>[4]): boolean {
  const block = Math.min(BLOCK, Math.ceil(x.count / 3) * 3);
  const m = Math.ceil(y.count / 4) * 4;
  const size = Math.ceil(x.size / 4) * 4;
  const yAt = 4 * block * size;
  const outAt = Math.ceil((yAt + 4 * m * size) / 8) * 8;
  const bytes = outAt + 8 * block * m;
  const simd = bytes <= MOST_MEMORY ? kernels() : null;
  if (!simd) return false;
  const buffer = simd.memory(bytes);
  pack(y, 0, y.count, size, new Float32Array(buffer, yAt, m * size));
  const rows = new Float32Array(buffer, 0, block * size);
  const out = new Float64Array(buffer, outAt, block * m);
  for (let i = 0; i < x.count; i += block) {
    const count = Math.min(block, x.count - i);
    pack(x, i, count, size, rows);
    out.fill(0);
    simd.run[sum](0, yAt, outAt, Math.ceil(count / 3) * 3, m, size);
    take(i, count, out, m);
  }
  return true;
}

/** Sums of absolute differences without SIMD, in float64. */
function plainDifferences(x: Rows, y: Rows): Float64Array {
  const out = new Float64Array(x.count * y.count);
  for (let i = 0, k = 0; i < x.count; i++) {
    for (let j = 0; j < y.count; j++, k++) {
      let sum = 0;
      for (let d = 0, a = i * x.size, b = j * y.size; d < x.size; d++, a++, b++) {
        sum += Math.abs((x.data[a] as number) - (y.data[b] as number));
      }
      out[k] = sum;
    }
  }
  return out;
}

/** How many numbers of a row are multiplied before the next block: two tiles of rows then stay in the first-level cache. */
const DEPTH = 512;

/** The same without SIMD, in float64: tiles of 4 × 4 so that each number that is read is used four times. */
export function plainProducts(x: Rows, y: Rows): Float64Array {
  const out = new Float64Array(x.count * y.count);
  const n4 = x.count & ~3;
  const m4 = y.count & ~3;
  for (let from = 0; from < x.size; from += DEPTH) {
    const to = Math.min(x.size, from + DEPTH);
    for (let i = 0; i < n4; i += 4) {
      for (let j = 0; j < m4; j += 4) tile(x, y, i, j, from, to, out);
      for (let j = m4; j < y.count; j++) for (let r = i; r < i + 4; r++) single(x, y, r, j, from, to, out);
    }
    for (let i = n4; i < x.count; i++) for (let j = 0; j < y.count; j++) single(x, y, i, j, from, to, out);
  }
  return out;
}

function single(x: Rows, y: Rows, i: number, j: number, from: number, to: number, out: Float64Array): void {
  let sum = 0;
  for (let d = from; d < to; d++)
    sum += (x.data[i * x.size + d] as number) * (y.data[j * y.size + d] as number);
  out[i * y.count + j] = (out[i * y.count + j] as number) + sum;
}

function tile(x: Rows, y: Rows, i: number, j: number, from: number, to: number, out: Float64Array): void {
  const size = x.size;
  const a = x.data;
  const b = y.data;
  const a0 = i * size;
  const b0 = j * size;
  let s00 = 0,
    s01 = 0,
    s02 = 0,
    s03 = 0,
    s10 = 0,
    s11 = 0,
    s12 = 0,
    s13 = 0;
  let s20 = 0,
    s21 = 0,
    s22 = 0,
    s23 = 0,
    s30 = 0,
    s31 = 0,
    s32 = 0,
    s33 = 0;
  for (let d = from; d < to; d++) {
    const x0 = a[a0 + d] as number;
    const x1 = a[a0 + size + d] as number;
    const x2 = a[a0 + 2 * size + d] as number;
    const x3 = a[a0 + 3 * size + d] as number;
    const y0 = b[b0 + d] as number;
    const y1 = b[b0 + size + d] as number;
    const y2 = b[b0 + 2 * size + d] as number;
    const y3 = b[b0 + 3 * size + d] as number;
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    s03 += x0 * y3;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    s13 += x1 * y3;
    s20 += x2 * y0;
    s21 += x2 * y1;
    s22 += x2 * y2;
    s23 += x2 * y3;
    s30 += x3 * y0;
    s31 += x3 * y1;
    s32 += x3 * y2;
    s33 += x3 * y3;
  }
  const sums = [s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33];
  for (let k = 0; k < 16; k++) {
    const at = (i + (k >> 2)) * y.count + j + (k & 3);
    out[at] = (out[at] as number) + (sums[k] as number);
  }
}
