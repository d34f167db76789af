import * as tf from '@tensorflow/tfjs-core';

/** How much image and how much noise there is: `xt = signalScale·x0 + noiseScale·noise`. */
export interface Scales {
  /** Of the clean image. */
  readonly signalScale: number;
  /** Of the noise. */
  readonly noiseScale: number;
}

/** Pixels that are independent draws of a mixture of two normal distributions, neither symmetric nor centered. */
const PARTS = [
  { weight: 0.4, mean: -0.7, spread: 0.25 },
  { weight: 0.6, mean: 0.5, spread: 0.4 },
] as const;

const parts = ({ signalScale, noiseScale }: Scales) =>
  PARTS.map(({ weight, mean, spread }) => {
    const variance = (signalScale * spread) ** 2 + noiseScale ** 2;
    return {
      weight,
      center: signalScale * mean,
      variance,
      gain: (signalScale * spread ** 2) / variance,
      mean,
    };
  });

/**
 * The best estimate of the clean image, `E[x0 | xt]`, in closed form: each part's, weighted by how likely it is to have made
 * the pixel.
 *
 * @param xt - float32 `[B,H,W,C]`; borrowed
 * @param scales - of each sample, or of all of them
 * @returns a new tensor of the shape of `xt`
 */
export function mixtureDenoised(xt: tf.Tensor4D, scales: Scales | readonly Scales[]): tf.Tensor4D {
  return tf.tidy(() => {
    const each = (Array.isArray(scales) ? scales : [scales]) as readonly Scales[];
    const rows = each.map((one) => parts(one));
    const column = (of: (part: ReturnType<typeof parts>[0]) => number, k: number) =>
      tf.tensor4d(
        rows.map((row) => of(row[k] as ReturnType<typeof parts>[0])),
        [rows.length, 1, 1, 1],
      );
    const terms = PARTS.map((_, k) => {
      const away = tf.sub(
        xt,
        column(({ center }) => center, k),
      );
      const half = column(({ variance }) => -1 / (2 * variance), k);
      const level = column(({ weight, variance }) => Math.log(weight / Math.sqrt(variance)), k);
      return {
        logit: tf.add(tf.mul(tf.square(away), half), level),
        mean: tf.add(
          tf.mul(
            away,
            column(({ gain }) => gain, k),
          ),
          column(({ mean }) => mean, k),
        ),
      };
    }) as [{ logit: tf.Tensor; mean: tf.Tensor }, { logit: tf.Tensor; mean: tf.Tensor }];
    const [first, second] = terms;
    const share = tf.sigmoid(tf.sub(first.logit, second.logit));
    return tf.add(second.mean, tf.mul(share, tf.sub(first.mean, second.mean))) as tf.Tensor4D;
  });
}

/**
 * Where the probability-flow ODE leads, exactly: in one dimension it keeps order, so that a pixel keeps its quantile,
 * `F′(x′) = F(x)`.
 *
 * @param x - a pixel's value
 * @param from - the scales there
 * @param to - the scales where it is asked for
 * @returns its value at `to`
 */
export function mixtureFlow(x: number, from: Scales, to: Scales): number {
  const quantile = distribution(x, from);
  let [low, high] = [-200, 200];
  for (let round = 0; round < 120; round++) {
    const middle = (low + high) / 2;
    if (distribution(middle, to) < quantile) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function distribution(x: number, scales: Scales): number {
  return parts(scales).reduce((sum, { weight, center, variance }) => {
    return sum + weight * normalDistribution((x - center) / Math.sqrt(variance));
  }, 0);
}

/** Φ(z) = ½ + φ(z)·(z + z³/3 + z⁵/(3·5) + …), all of one sign. @see Marsaglia 2004 (doi:10.18637/jss.v011.i04) */
function normalDistribution(z: number): number {
  if (Math.abs(z) > 12) return z > 0 ? 1 : 0;
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-18 * Math.abs(sum); k += 2) {
    term *= z ** 2 / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-(z ** 2) / 2)) / Math.sqrt(2 * Math.PI);
}
