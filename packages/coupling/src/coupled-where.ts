import { Rng } from '@immiscible/core';
import type { HostInputs, Objective } from '@immiscible/core/tensors';
import ndarray from 'ndarray';

/**
 * An objective that uses coupled noise only for the images that `where` picks, by their noise level say; all others get noise
 * independent of everything, drawn here.
 *
 * The objective prepares the batch, `where` looks at what it drew, and the objective prepares it once more from the same
 * stream: the same levels, another noise. So the law that sample and target have one noise holds as in the objective itself.
 *
 * @param objective - its `prepare` must draw the same whatever the noise is; the loss is untouched
 * @param where - for the prepared inputs and the index of an image: whether it keeps the noise that the coupling gave it
 * @returns an objective that is the given one to the bit where all are picked
 * @example
 * // Assigned noise from σ = 1 on, independent noise below.
 * const objective = coupledWhere(edmObjective(), ({ sigma }, i) => sigma.get(i) >= 1);
 */
export function coupledWhere<In extends HostInputs>(
  objective: Objective<In>,
  where: (inputs: In, image: number) => boolean,
): Objective<In> {
  return {
    prepare(batch, rng, step) {
      const before = rng.state();
      const inputs = objective.prepare(batch, rng, step);
      const { shape, data, size } = batch.noise;
      const count = shape[0] as number;
      const others = Array.from({ length: count }, (_, i) => i).filter((i) => !where(inputs, i));
      if (others.length === 0) return inputs;
      const again = new Rng(before);
      const fresh = again.split('coupledWhere');
      const noise = Float32Array.from(data);
      const length = size / count;
      // A stream for each image: its noise doesn't depend on which others are picked.
      for (const i of others) fresh.split(i).fillNormal(noise.subarray(i * length, (i + 1) * length));
      return objective.prepare({ ...batch, noise: ndarray(noise, [...shape]) }, again, step);
    },
    loss: (model, params, inputs, aux) => objective.loss(model, params, inputs, aux),
  };
}
