/**
 * How images come to 299×299. Distances of different modes don't compare.
 *
 * - `pytorch`: bilinear, half-pixel centers, no antialiasing, as in pytorch-fid (and clean-fid's `legacy_pytorch`)
 * - `clean`: Pillow's bicubic on float, with antialiasing, as in clean-fid
 * - `legacy_tensorflow`: bilinear, corners aligned at the top left only, as in the first TensorFlow implementation
 */
export type ResizeMode = 'pytorch' | 'clean' | 'legacy_tensorflow';

/** For each output pixel of a line: the input pixel it starts at, and its weights from there on. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `[to,most]` */
  readonly weights: Float64Array;
  readonly most: number;
}

/**
 * One image to another size.
 *
 * @param image - `[height,width,channels]`, values 0 … 255; borrowed
 * @param out - `[to,to,channels]`, written
 */
export function resizeImage(
  image: ArrayLike<number>,
  height: number,
  width: number,
  channels: number,
  to: number,
  mode: ResizeMode,
  out: Float32Array,
): void {
  const across = taps(width, to, mode);
  const down = taps(height, to, mode);
  // Pillow's order: across first, rounded to float32 between.
  const middle = new Float32Array(height * to * channels);
  for (let y = 0; y < height; y++) {
    pass(image, y * width * channels, across, channels, middle, y * to * channels);
  }
  const line = to * channels;
  pass(middle, 0, down, line, out, 0);
  if (mode === 'clean')
    for (let i = 0; i < out.length; i++) out[i] = Math.min(255, Math.max(0, out[i] as number));
}

/** `out[o,c] = Σ weight·in[first + k, c]` over items of `size` numbers. */
function pass(
  from: ArrayLike<number>,
  start: number,
  { first, count, weights, most }: Taps,
  size: number,
  out: Float32Array,
  outStart: number,
): void {
  for (let o = 0; o < first.length; o++) {
    const base = start + (first[o] as number) * size;
    const taps = count[o] as number;
    for (let c = 0; c < size; c++) {
      let sum = 0;
      for (let k = 0; k < taps; k++) {
        sum += (weights[o * most + k] as number) * (from[base + k * size + c] as number);
      }
      out[outStart + o * size + c] = sum;
    }
  }
}

function taps(from: number, to: number, mode: ResizeMode): Taps {
  return mode === 'clean' ? bicubicTaps(from, to) : bilinearTaps(from, to, mode === 'pytorch' ? 0.5 : 0);
}

function bilinearTaps(from: number, to: number, center: number): Taps {
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Float64Array(2 * to);
  for (let o = 0; o < to; o++) {
    const at = Math.max(0, ((o + center) * from) / to - center);
    const low = Math.min(Math.floor(at), from - 1);
    first[o] = low;
    count[o] = low + 1 < from ? 2 : 1;
    weights[2 * o] = low + 1 < from ? 1 - (at - low) : 1;
    weights[2 * o + 1] = at - low;
  }
  return { first, count, weights, most: 2 };
}

/** Keys's cubic with a = −½. */
function cubic(x: number): number {
  x = Math.abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/** The cubic as wide as an output pixel where images shrink; what lies outside is left out, and the rest sums to 1. */
function bicubicTaps(from: number, to: number): Taps {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const support = 2 * stretch;
  const most = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Float64Array(most * to);
  for (let o = 0; o < to; o++) {
    const center = (o + 0.5) * scale;
    const low = Math.max(0, Math.floor(center - support + 0.5));
    const high = Math.min(from, Math.floor(center + support + 0.5));
    let sum = 0;
    for (let k = 0; k < high - low; k++) {
      const weight = cubic((k + low - center + 0.5) / stretch);
      weights[o * most + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < high - low; k++) weights[o * most + k] = (weights[o * most + k] as number) / sum;
    first[o] = low;
    count[o] = high - low;
  }
  return { first, count, weights, most };
}
