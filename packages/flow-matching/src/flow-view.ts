import { checkOptions } from '@immiscible/core';
import { straightPath, type View } from '@immiscible/sampling';
import { checkTimeScale, evenTimes, TIME_SCALE } from './flow-times.js';

/** Options of {@link flowView}. */
export interface FlowViewOptions {
  /** As in training. @defaultValue 1000 */
  readonly timeScale?: number;
}

/**
 * A model trained by `flowMatchingObjective` as the solvers of `@immiscible/sampling` see it: a velocity on t, which has one at both ends.
 *
 * `xt = (1 − t)·x0 + t·noise`, so `x0 = xt − t·velocity`, `noise = xt + (1 − t)·velocity`; n steps are equally long
 *
 * @param options - the scale of time, as in training
 * @throws RangeError if an option is unknown or out of range
 * @see Liu et al. 2023, Eq. 1 (arXiv:2209.03003)
 * @example
 * const images = await sample(model, params, {
 *   view: flowView(), solver: dpmSolver(), steps: 10, count: 16, imageShape: [28, 28, 1], rng: createRng(0),
 * });
 */
export function flowView(options: FlowViewOptions = {}): View {
  const fn = 'flowView';
  checkOptions(fn, options, { timeScale: true });
  const { timeScale = TIME_SCALE } = options;
  checkTimeScale(fn, timeScale);
  return {
    frame: straightPath,
    read: (t) => ({
      time: timeScale * t,
      x0: { xt: 1, output: -t },
      noise: { xt: 1, output: 1 - t },
    }),
    grid: (steps) => evenTimes(fn, steps),
    reach: [1, 0],
    initialScale: () => 1,
  };
}
