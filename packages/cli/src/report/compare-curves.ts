import type { Comparison, CurvePoint, TwinSummary } from './summary.js';

/**
 * What another seed may change in the logarithm of the ratio of two twins' distances: a standard deviation, pooled over
 * three seeds of each of fashion-ddim, fashion-ddim-epsilon and fashion-flow at 2, 4 and 10 sampling steps (results/):
 * 0.042 after 600 steps, 0.050 over the last three evaluations. The sampling error of 1,000 samples is in it; added once
 * more, it errs on the side of calling twins equal.
 */
export const SEED_SPREAD = 0.05;

/** The points of one number of sampling steps, by training step. */
export function curveAt(twin: Pick<TwinSummary, 'curve'>, samplingSteps: number): CurvePoint[] {
  return twin.curve
    .filter((point) => point.samplingSteps === samplingSteps && Number.isFinite(point.value))
    .sort((a, b) => a.step - b.step);
}

/**
 * Where the curve first falls to `value`: the evaluation itself at the first one, else on the straight line between
 * evaluations (of the logarithm of the distance against steps and seconds).
 */
export function firstReach(curve: readonly CurvePoint[], value: number): Comparison['reached'] {
  const index = curve.findIndex((point) => point.value <= value);
  const at = curve[index];
  if (at === undefined) return null;
  const before = curve[index - 1];
  if (before === undefined) return { step: at.step, seconds: at.seconds, atFirst: true };
  const share = Math.log(before.value / value) / Math.log(before.value / at.value);
  return {
    step: before.step + share * (at.step - before.step),
    seconds: before.seconds + share * (at.seconds - before.seconds),
    atFirst: false,
  };
}

/**
 * Compares two twins at one number of sampling steps.
 *
 * @param standardError - of the log ratio at the last step that both were evaluated at, if known
 * @returns null if no step has an evaluation of both
 */
export function compareCurves(
  baseline: TwinSummary,
  other: TwinSummary,
  samplingSteps: number,
  standardError: number | null,
): Comparison | null {
  const [a, b] = [curveAt(baseline, samplingSteps), curveAt(other, samplingSteps)];
  const last = a.filter((point) => b.some(({ step }) => step === point.step)).at(-1);
  const lastOther = b.find(({ step }) => step === last?.step);
  if (last === undefined || lastOther === undefined) return null;
  // Only what both have been trained for counts: an interrupted run may have one twin ahead.
  const shared = a.filter(({ step }) => step <= last.step);
  const best = shared.reduce((least, point) => (point.value < least.value ? point : least));
  const reached = firstReach(
    b.filter(({ step }) => step <= last.step),
    best.value,
  );
  const logRatio = Math.log(lastOther.value / last.value);
  const noise = 2 * Math.hypot(standardError ?? 0, SEED_SPREAD);
  return {
    baseline: baseline.name,
    other: other.name,
    samplingSteps,
    step: last.step,
    baselineValue: last.value,
    otherValue: lastOther.value,
    logRatio,
    standardError,
    verdict: Math.abs(logRatio) <= noise ? 'equal within noise' : logRatio < 0 ? 'lower' : 'higher',
    best: { value: best.value, step: best.step, seconds: best.seconds },
    reached,
    speedUp: reached === null ? null : best.step / reached.step,
    speedUpSeconds: reached === null ? null : best.seconds / reached.seconds,
  };
}
