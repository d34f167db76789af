import { check } from '@immiscible/core';
import { transition, type Transition } from '@immiscible/sampling';
import { scalesOf } from './visited-steps.js';

/** Variance of an ancestral step: `fixedLarge` is β, `fixedSmall` the posterior's β̃ = β·(1 − ᾱ′)/(1 − ᾱ). */
export type Variance = 'fixedLarge' | 'fixedSmall';

/**
 * The step of DDIM between any two noise levels, ᾱ < ᾱ′.
 *
 * `next = √ᾱ′·x0 + √(1 − ᾱ′ − σ²)·ε + σ·z`, `ε = (xt − √ᾱ·x0)/√(1 − ᾱ)`, `σ² = η²·(1 − ᾱ′)/(1 − ᾱ)·(1 − ᾱ/ᾱ′)`
 *
 * @param alphaBar - ᾱ of the sample, in [0, 1)
 * @param alphaBarNext - ᾱ′ of the result, in (ᾱ, 1]; 1 is the clean image
 * @param eta - η in [0, 1]: 0 deterministic, 1 ancestral
 * @throws RangeError if an argument is out of range
 * @see Song et al. 2021, Eq. 12 and 16 (arXiv:2010.02502)
 */
export function ddimUpdate(alphaBar: number, alphaBarNext: number, eta: number): Transition {
  checkLevels('ddimUpdate', alphaBar, alphaBarNext);
  check(eta >= 0 && eta <= 1, 'ddimUpdate', 'eta', 'in [0, 1]', eta);
  return transition(scalesOf(alphaBar), scalesOf(alphaBarNext), eta);
}

/**
 * The step of DDPM between any two noise levels, ᾱ < ᾱ′: the mean of q(next | xt, x0), and noise. The step to the
 * clean image adds none.
 *
 * `next = √ᾱ′·β/(1 − ᾱ)·x0 + √α·(1 − ᾱ′)/(1 − ᾱ)·xt + σ·z`, `α = ᾱ/ᾱ′ = 1 − β`
 *
 * @param alphaBar - ᾱ of the sample, in [0, 1)
 * @param alphaBarNext - ᾱ′ of the result, in (ᾱ, 1]; 1 is the clean image
 * @param variance - of the noise that is added
 * @throws RangeError if an argument is out of range
 * @see Ho et al. 2020, Eq. 7 and section 3.2 (arXiv:2006.11239)
 */
export function ancestralUpdate(alphaBar: number, alphaBarNext: number, variance: Variance): Transition {
  const fn = 'ancestralUpdate';
  checkLevels(fn, alphaBar, alphaBarNext);
  const known = variance === 'fixedLarge' || variance === 'fixedSmall';
  check(known, fn, 'variance', '"fixedLarge" or "fixedSmall"', variance);
  const alpha = alphaBar / alphaBarNext;
  const beta = 1 - alpha;
  // β̃ vanishes by itself where ᾱ′ = 1; β doesn't, but the last step is the mean (Algorithm 2).
  const share = (1 - alphaBarNext) / (1 - alphaBar);
  const sigma2 = variance === 'fixedSmall' || alphaBarNext === 1 ? beta * share : beta;
  return {
    x0: (Math.sqrt(alphaBarNext) * beta) / (1 - alphaBar),
    xt: Math.sqrt(alpha) * share,
    noise: Math.sqrt(sigma2),
  };
}

function checkLevels(fn: string, alphaBar: number, alphaBarNext: number): void {
  check(alphaBar >= 0 && alphaBar < 1, fn, 'alphaBar', 'in [0, 1)', alphaBar);
  const rises = alphaBarNext > alphaBar && alphaBarNext <= 1;
  check(rises, fn, 'alphaBarNext', `in (${alphaBar}, 1]`, alphaBarNext);
}
