import { type Interval, tInterval } from '../report/t-interval.js';
import type { ToyPoint, ToySettings } from './toy-run.js';

/** One training's curve. */
export interface ToyCurve {
  readonly set: string;
  readonly method: string;
  readonly coupling: string;
  readonly seed: number;
  readonly points: readonly ToyPoint[];
}

export interface ToyResults {
  readonly format: 1;
  readonly command: string;
  readonly engine: string;
  readonly settings: ToySettings;
  readonly seeds: readonly number[];
  /** Few and many sampling steps of each method. */
  readonly samplingSteps: Readonly<Record<string, readonly [few: number, many: number]>>;
  /** Between two draws of each set, by seed. */
  readonly chance: Readonly<Record<string, readonly number[]>>;
  readonly curves: readonly ToyCurve[];
}

export type Judged = 'few' | 'many';

/** What is trained, for all seeds. */
type Case = Pick<ToyCurve, 'set' | 'method' | 'coupling'>;

/** Mean and 95 % interval over seeds at each evaluated step. */
export function meanCurve(
  { curves }: ToyResults,
  { set, method, coupling }: Case,
  judged: Judged,
): { step: number; distance: Interval }[] {
  const own = curves.filter(
    (curve) => curve.set === set && curve.method === method && curve.coupling === coupling,
  );
  const steps = own[0]?.points.map(({ step }) => step) ?? [];
  return steps.map((step, i) => ({
    step,
    distance: tInterval(own.map(({ points }) => points[i]?.[judged] ?? NaN)),
  }));
}

/**
 * How a coupling changes the distance at the last step against the first coupling, seed by seed: mean and 95 % interval of the logarithm
 * of the ratio.
 */
export function lastLogRatio(
  { curves }: ToyResults,
  { set, method, coupling, baseline }: Case & { readonly baseline: string },
  judged: Judged,
): Interval {
  const last = (name: string, seed: number): number =>
    curves
      .find(
        (curve) =>
          curve.set === set && curve.method === method && curve.coupling === name && curve.seed === seed,
      )
      ?.points.at(-1)?.[judged] ?? NaN;
  const seeds = [...new Set(curves.map(({ seed }) => seed))];
  return tInterval(seeds.map((seed) => Math.log(last(coupling, seed) / last(baseline, seed))));
}

/** Of what is in the results, in the order in which it was run. */
export function names({ curves }: ToyResults, key: 'set' | 'method' | 'coupling'): string[] {
  return [...new Set(curves.map((curve) => curve[key]))];
}
