import { type Batch, describe, Rng } from '@immiscible/core';
import ndarray from 'ndarray';
import { readBatch } from './batch-checks.js';

/**
 * What {@link coupledWhere} needs of an objective, `Objective` of `@immiscible/core/tensors`: its host side. So nothing here speaks of tensors.
 */
export interface Prepares {
  /** As `Objective`'s: the host side of one step. */
  prepare(batch: Batch, rng: Rng, step: number): unknown;
}

/**
 * An objective that uses coupled noise only for the images that `where` picks, by their noise level say; all others get noise
 * independent of everything, drawn here.
 *
 * The objective prepares the batch, `where` looks at what it drew, and the objective prepares it once more from the same
 * stream: the same levels, another noise. So the law that sample and target have one noise holds as in the objective itself.
 *
 * @param objective - its `prepare` must draw the same whatever the noise is; the loss is untouched
 * @param where - for the prepared inputs and the index of an image: whether it keeps the noise that the coupling gave it
 * @returns an objective of the same type that is the given one to the bit where all are picked
 * @throws TypeError if `objective` has no `prepare`, or `where` is no function
 * @example
 * // Assigned noise from σ = 1 on, independent noise below.
 * const objective = coupledWhere(edmObjective(), ({ sigma }, i) => sigma.get(i) >= 1);
 */
export function coupledWhere<O extends Prepares>(
  objective: O,
  where: (inputs: ReturnType<O['prepare']>, image: number) => boolean,
): O {
  const fn = 'coupledWhere';
  if (typeof (objective as O | undefined)?.prepare !== 'function') {
    throw new TypeError(
      `${fn}: objective must be an objective such as flowMatchingObjective(), got ${describe(objective)}`,
    );
  }
  if (typeof where !== 'function') {
    throw new TypeError(`${fn}: where must be a function of inputs and image, got ${describe(where)}`);
  }
  const prepare: O['prepare'] = (batch, rng, step) => {
    const before = rng.state();
    const inputs = objective.prepare(batch, rng, step) as ReturnType<O['prepare']>;
    const { shape, data, size } = readBatch(fn, batch).noise;
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
  };
  return withPrepare(objective, prepare);
}

/** An object whose other methods are those of `objective`, called on it. */
function withPrepare<O extends Prepares>(objective: O, prepare: O['prepare']): O {
  const own: Record<string, unknown> = {};
  for (const name in objective) {
    const value = objective[name] as unknown;
    own[name] =
      typeof value === 'function' ? (...args: unknown[]): unknown => value.apply(objective, args) : value;
  }
  // A class's methods aren't listed.
  const { loss } = objective as { loss?: (...args: unknown[]) => unknown };
  if (typeof loss === 'function') own['loss'] = (...args: unknown[]) => loss.apply(objective, args);
  return { ...own, prepare } as O;
}
