import type { BatchTransform } from '@immiscible/core';

/** What is needed of `@immiscible/coupling`, to a package that doesn't import it: `import * as coupling` is that. */
export interface CouplingModule {
  /** Makes a coupling. */
  readonly independent: () => BatchTransform;
  /** Makes a coupling. */
  readonly linearAssignment: (options?: { readonly cost?: 'squaredL2' }) => BatchTransform;
  /** Makes a coupling. */
  readonly nearestNoise: (options: { readonly candidates: number }) => BatchTransform;
  /** Makes a coupling. */
  readonly flippedAssignment: () => BatchTransform;
  /** Makes a coupling. */
  readonly sinkhornCoupling: () => BatchTransform;
  /** A coupling of each class by itself. */
  readonly withinClasses: (transform: BatchTransform) => BatchTransform;
  /** One after the other. */
  readonly chain: (...transforms: BatchTransform[]) => BatchTransform;
}

/**
 * Every kind of coupling of `@immiscible/coupling`, for `describePairing`.
 *
 * @param coupling - the module
 */
export function couplingsOf(coupling: CouplingModule): Record<string, BatchTransform> {
  const { chain, independent, linearAssignment, nearestNoise, withinClasses } = coupling;
  return {
    independent: independent(),
    linearAssignment: linearAssignment(),
    'linearAssignment, squared and within classes': withinClasses(linearAssignment({ cost: 'squaredL2' })),
    nearestNoise: nearestNoise({ candidates: 4 }),
    flippedAssignment: coupling.flippedAssignment(),
    sinkhornCoupling: coupling.sinkhornCoupling(),
    'nearestNoise, then linearAssignment': chain(nearestNoise({ candidates: 2 }), linearAssignment()),
  };
}
