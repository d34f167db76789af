import { check, checkInteger, checkOptions } from '@immiscible/core';

/** How finely noise levels are discretized over a run. */
export interface CurriculumOptions {
  /** Training steps in all, K. */
  readonly steps: number;
  /** Intervals at the start, s0. */
  readonly first: number;
  /** Intervals at the end, s1. */
  readonly last: number;
}

/**
 * Number of noise levels of consistency training at a step: `N(k) = ⌈√(k/K·((s1 + 1)² − s0²) + s0²) − 1⌉ + 1`.
 *
 * @param step - of training, from 0
 * @param options - the curriculum
 * @throws RangeError for options or a step out of range
 * @see Song et al. 2023, Appendix C (arXiv:2303.01469)
 */
export function risingLevels(step: number, options: CurriculumOptions): number {
  const { steps, first, last } = checkCurriculum('risingLevels', step, options);
  const square = (Math.min(step, steps) / steps) * ((last + 1) ** 2 - first ** 2) + first ** 2;
  return Math.max(1, Math.ceil(Math.sqrt(square) - 1)) + 1;
}

/**
 * Decay of the teacher's average at a step: `μ(k) = exp(s0·ln μ0 / (N(k) − 1))`, for `ema({ decay, warmup: false })`.
 *
 * @param step - of training, from 0
 * @param start - μ0, the decay that the formula begins from (0.9 on CIFAR-10)
 * @param options - the curriculum
 * @see Song et al. 2023, Appendix C (arXiv:2303.01469)
 */
export function teacherDecay(step: number, start: number, options: CurriculumOptions): number {
  check(start > 0 && start < 1, 'teacherDecay', 'start', 'in (0, 1)', start);
  return Math.exp((options.first * Math.log(start)) / (risingLevels(step, options) - 1));
}

/**
 * Number of noise levels of improved consistency training at a step: doubled in equal stages,
 * `N(k) = min(s0·2^⌊k/K′⌋, s1) + 1`, `K′ = ⌊K / (log2⌊s1/s0⌋ + 1)⌋`.
 *
 * @param step - of training, from 0
 * @param options - the curriculum
 * @throws RangeError for options or a step out of range
 * @see Song & Dhariwal 2023, Eq. 9 (arXiv:2310.14189)
 */
export function doublingLevels(step: number, options: CurriculumOptions): number {
  const { steps, first, last } = checkCurriculum('doublingLevels', step, options);
  const stage = Math.max(1, Math.floor(steps / (Math.log2(Math.floor(last / first)) + 1)));
  return Math.min(first * 2 ** Math.floor(step / stage), last) + 1;
}

function checkCurriculum(fn: string, step: number, options: CurriculumOptions): CurriculumOptions {
  checkOptions(fn, options, { steps: true, first: true, last: true });
  const { steps, first, last } = options;
  checkInteger(fn, 'steps', steps, 1);
  checkInteger(fn, 'first', first, 1);
  checkInteger(fn, 'last', last, first);
  checkInteger(fn, 'step', step, 0);
  return options;
}
