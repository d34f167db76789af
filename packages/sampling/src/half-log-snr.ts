import type { Scales } from '@immiscible/schedulers';

/**
 * How far two noise levels are apart in `λ = ln(signalScale/noiseScale)`: ∞ from pure noise and to no noise.
 */
export function halfLogSnrStep(from: Scales, to: Scales): number {
  return -Math.log((to.noiseScale * from.signalScale) / (to.signalScale * from.noiseScale));
}
