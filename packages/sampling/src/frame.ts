import type { Scales } from '@immiscible/schedulers';

/** A place on the way from noise to images. */
export interface Place extends Scales {
  /** What is solved for is `y = xt/scale`. 0 where that is infinite: at pure noise of a process that keeps its variance. */
  readonly scale: number;
  /** The derivative of y along the axis, of the clean image and the noise: `dy/du = x0·<clean image> + noise·<noise>`. */
  readonly slope: { readonly x0: number; readonly noise: number };
}

/**
 * A Gaussian path `xt = signalScale(u)·x0 + noiseScale(u)·noise` and the axis u along which its ODE is solved. u falls from
 * noise to images, and the ratio of noise to signal with it.
 *
 * The path alone fixes exponential solvers (DDIM, DPM-Solver++). Runge-Kutta methods also depend on the axis and on what
 * is solved for: y, whose derivative is a combination of the clean image and the noise.
 */
export interface Frame {
  /** What u is called in messages. */
  readonly axis: string;
  /** Float64 on the host. */
  readonly at: (u: number) => Place;
  /** The u at which noiseScale/signalScale has this value, in [0, ∞]. */
  readonly ofRatio: (ratio: number) => number;
}

const ALONG_SIGMA = { x0: 0, noise: 1 } as const;

/**
 * `xt = x0 + σ·noise`, u = σ, `dxt/dσ = noise`: EDM's, and that of consistency models.
 *
 * @see Karras et al. 2022, Eq. 1 (arXiv:2206.00364)
 */
export const varianceExploding: Frame = {
  axis: 'σ',
  at: (sigma) => ({ signalScale: 1, noiseScale: sigma, scale: 1, slope: ALONG_SIGMA }),
  ofRatio: (ratio) => ratio,
};

/**
 * `xt = (x0 + σ·noise)/√(1 + σ²)`, u = σ = √(1 − ᾱ)/√ᾱ, `d(xt/√ᾱ)/dσ = noise`: a diffusion process, from σ = ∞, pure noise.
 *
 * @see Song et al. 2021, Eq. 14 (arXiv:2010.02502)
 */
export const variancePreserving: Frame = {
  axis: 'σ',
  at: (sigma) => {
    if (sigma === Infinity) return { signalScale: 0, noiseScale: 1, scale: 0, slope: ALONG_SIGMA };
    const signalScale = 1 / Math.hypot(1, sigma);
    return { signalScale, noiseScale: sigma * signalScale, scale: signalScale, slope: ALONG_SIGMA };
  },
  ofRatio: (ratio) => ratio,
};

/**
 * `xt = (1 − t)·x0 + t·noise`, u = t, `dxt/dt = noise − x0`: a rectified flow.
 *
 * @see Liu et al. 2023, Eq. 1 (arXiv:2209.03003)
 */
export const straightPath: Frame = {
  axis: 't',
  at: (t) => ({ signalScale: 1 - t, noiseScale: t, scale: 1, slope: { x0: -1, noise: 1 } }),
  ofRatio: (ratio) => (ratio === Infinity ? 1 : ratio / (1 + ratio)),
};
