import type { BatchTransform } from '@immiscible/core';

/**
 * Leaves each image the noise that was drawn for it: ordinary diffusion training. The empty {@link chain}.
 *
 * Noise is N(0, I), also given the image or its class.
 */
export function independent(): BatchTransform {
  return (batch) => batch;
}
