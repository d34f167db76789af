import type { BatchTransform } from '@immiscible/core';
import ndarray from 'ndarray';
import { assignment, type LinearAssignmentOptions } from './linear-assignment.js';

/**
 * A control: noise and images are matched as firmly as by {@link linearAssignment}, but not along short paths. The
 * cost sees the noise negated; the image gets it as it is.
 *
 * `noise'[i] = noise[π(i)]`, `π = argmin Σ_i cost(x0[i], −noise[π(i)])`
 *
 * With `'squaredL2'` that is the pairing of the greatest Σ‖x0 − noise‖². If training gains by this as well, then not
 * because paths are shorter.
 *
 * The paper speaks of "flipped noise" and doesn't say what is flipped. Negation is our choice: like the noise itself,
 * negated noise is N(0, I), and its distance from an image tells nothing of a spatial symmetry of the images, which
 * mirroring would.
 *
 * @param options - as {@link linearAssignment}'s
 * @returns a transform that draws nothing from its stream; batches of 0 and 1 come back as they are
 * @throws RangeError as {@link linearAssignment}
 * @see Li et al. 2024, Section 4.3, the variant without optimal transport (arXiv:2406.12303)
 */
export function flippedAssignment(options: LinearAssignmentOptions = {}): BatchTransform {
  return assignment('flippedAssignment', options, (noise) =>
    ndarray(
      noise.data.map((value) => -value),
      [...noise.shape],
    ),
  );
}
