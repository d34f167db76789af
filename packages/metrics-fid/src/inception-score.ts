import { check, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import { type Features, featureRows } from './features.js';

/** Options of {@link inceptionScore}. */
export interface InceptionScoreOptions {
  /** @defaultValue 10 */
  readonly splits?: number;
}

/** What {@link inceptionScore} finds. */
export interface InceptionScore {
  /** Mean over the splits. */
  readonly value: number;
  /** Standard deviation over the splits (divided by their number). */
  readonly std: number;
}

/**
 * Inception Score: `exp E[KL(p(y|x) ‖ p(y))]`, the mean over equal parts of the images in the order given (which should be
 * random).
 *
 * @param logits - `[N,classes]` before the softmax; borrowed
 * @param options - how many splits
 * @throws RangeError if there are fewer images than splits, or a number isn't finite
 * @see Salimans et al. 2016, §4 (arXiv:1606.03498)
 */
export function inceptionScore(logits: Features, options: InceptionScoreOptions = {}): InceptionScore {
  const fn = 'inceptionScore';
  checkOptions(fn, options, { splits: true } satisfies OptionKeys<InceptionScoreOptions>);
  const { splits = 10 } = options;
  checkInteger(fn, 'splits', splits, 1);
  const { n, d, data } = featureRows(fn, 'logits', logits, 1);
  check(n >= splits, fn, 'logits', `of at least ${splits} images, one a split`, n);
  const scores = Float64Array.from({ length: splits }, (_, split) => {
    const [from, to] = [Math.floor((split * n) / splits), Math.floor(((split + 1) * n) / splits)];
    return score(data.subarray(from * d, to * d), d);
  });
  const value = scores.reduce((sum, one) => sum + one / splits, 0);
  const variance = scores.reduce((sum, one) => sum + (one - value) ** 2 / splits, 0);
  return { value, std: Math.sqrt(variance) };
}

/** exp(Σ p·log p averaged − Σ p̄·log p̄). */
function score(logits: Float64Array, d: number): number {
  const n = logits.length / d;
  const mean = new Float64Array(d);
  let negativeEntropy = 0;
  for (let at = 0; at < logits.length; at += d) {
    const line = logits.subarray(at, at + d);
    const largest = line.reduce((a, b) => Math.max(a, b), -Infinity);
    const log = largest + Math.log(line.reduce((sum, value) => sum + Math.exp(value - largest), 0));
    for (let j = 0; j < d; j++) {
      const logP = (line[j] as number) - log;
      const p = Math.exp(logP);
      negativeEntropy += (p * logP) / n;
      mean[j] = (mean[j] as number) + p / n;
    }
  }
  const marginal = mean.reduce((sum, p) => (p > 0 ? sum + p * Math.log(p) : sum), 0);
  return Math.exp(negativeEntropy - marginal);
}
