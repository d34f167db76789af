import { check, checkSameShape } from '@immiscible/core';
import { float32Data } from '@immiscible/schedulers';
import ndarray, { type NdArray } from 'ndarray';

/**
 * Noise between two images' noise, along the arc that keeps it as likely as theirs: to be given to a deterministic
 * sampler as `initial`. (A straight mixture has too little variance in between.)
 *
 * `sin((1 − a)·θ)/sin θ·from + sin(a·θ)/sin θ·to`, θ the angle between them
 *
 * @param from - float32 `[H,W,C]`, or any shape and strides; borrowed
 * @param to - float32, shape of `from`; borrowed
 * @param fractions - each a: 0 is `from`, 1 is `to`
 * @returns float32 `[fractions,H,W,C]`, on the host
 * @throws RangeError if the shapes differ, one of the two is zero or they point in opposite directions
 * @see Song et al. 2021, Eq. 67 (arXiv:2010.02502)
 * @example
 * const initial = interpolateNoise(noise.pick(0), noise.pick(1), [0, 0.25, 0.5, 0.75, 1]);
 * const images = await ddimSample(model, params, { ...options, count: 5, initial });
 */
export function interpolateNoise(
  from: NdArray<Float32Array>,
  to: NdArray<Float32Array>,
  fractions: ArrayLike<number>,
): NdArray<Float32Array> {
  const fn = 'interpolateNoise';
  const [a, b] = [float32Data(fn, 'from', from), float32Data(fn, 'to', to)];
  checkSameShape(fn, 'to', to.shape, 'from', from.shape);
  const size = a.length;
  const dot = (x: Float32Array, y: Float32Array) =>
    x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
  const [lengthA, lengthB] = [Math.sqrt(dot(a, a)), Math.sqrt(dot(b, b))];
  check(lengthA > 0, fn, 'from', 'not zero', lengthA);
  check(lengthB > 0, fn, 'to', 'not zero', lengthB);
  const cosine = Math.min(1, Math.max(-1, dot(a, b) / (lengthA * lengthB)));
  check(cosine > -1 + 1e-9, fn, 'the angle between from and to', 'less than π', Math.PI, 'take other noise');
  const angle = Math.acos(cosine);
  const data = new Float32Array(fractions.length * size);
  Array.from(fractions, (fraction, k) => {
    check(Number.isFinite(fraction), fn, `fractions[${k}]`, 'finite', fraction);
    // sin(a·θ)/sin θ tends to a.
    const weight = (share: number) => (angle < 1e-6 ? share : Math.sin(share * angle) / Math.sin(angle));
    const [wa, wb] = [weight(1 - fraction), weight(fraction)];
    for (let i = 0; i < size; i++) data[k * size + i] = wa * (a[i] as number) + wb * (b[i] as number);
  });
  return ndarray(data, [fractions.length, ...from.shape]);
}
