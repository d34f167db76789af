import * as tf from '@tensorflow/tfjs-core';
import { describe } from '@immiscible/core';
import type {
  GradientTransformation,
  Params,
  Scalars,
  ScalarTensors,
  TensorTree,
} from '@immiscible/core/tensors';
import { type AdamForm, adamForm, declareForm } from './fused-adam.js';
import { clippedNorm } from './global-norm.js';
import { mapParams } from './map-params.js';
import { tidyTree } from './tidy-tree.js';

/** Leaves the gradients as they are. */
export function identity(): GradientTransformation<readonly []> {
  return {
    init: () => [],
    scalars: () => ({}),
    update: (updates) => ({ updates: mapParams(updates, tf.clone), state: [] }),
  };
}

/**
 * One transformation after the other. State is a list of theirs, and scalar `rate` of the first is `0/rate` here.
 *
 * @param transformations - in the order in which gradients pass through them
 * @example
 * const optimizer = chain(clipByGlobalNorm(1), adam({ learningRate: 1e-3 }));
 */
export function chain(
  ...transformations: readonly GradientTransformation[]
): GradientTransformation<readonly TensorTree[]> {
  transformations.forEach((part, i) => {
    const whole = ['init', 'scalars', 'update'] as const;
    if (part && whole.every((name) => typeof part[name] === 'function')) return;
    const fix = 'pass transformations one by one: chain(a, b)';
    throw new TypeError(
      `chain: argument ${i} must be a transformation with init, scalars and update, got ${describe(part)}; ${fix}`,
    );
  });
  if (transformations.length === 0) return identity();
  const chained: GradientTransformation<readonly TensorTree[]> = {
    init: (params) => transformations.map((transformation) => transformation.init(params)),
    scalars(step) {
      const all: Record<string, number> = {};
      transformations.forEach((transformation, i) => {
        const own: Scalars = transformation.scalars(step);
        for (const name of Object.keys(own)) all[`${i}/${name}`] = own[name] as number;
      });
      return all;
    },
    update: (updates, state, params, scalars) =>
      tidyTree(() => {
        let passed: Params = updates;
        const next = transformations.map((transformation, i) => {
          const result = transformation.update(
            passed,
            state[i] as TensorTree,
            params,
            within(scalars, `${i}/`),
          );
          passed = result.updates;
          return result.state;
        });
        return { updates: passed, state: next };
      }),
  };
  const form = formOf(transformations);
  return form ? declareForm(chained, form) : chained;
}

/** Adam or one of its kin alone or after clipping is all of it that a kernel can do at once. */
function formOf(transformations: readonly GradientTransformation[]): AdamForm | undefined {
  const at = transformations.length - 1;
  const form = adamForm(transformations[at] as GradientTransformation);
  const maxNorm = at === 0 ? 0 : clippedNorm(transformations[0] as GradientTransformation);
  if (at > 1 || !form || form.maxNorm > 0 || maxNorm === undefined) return undefined;
  const scalars = Object.entries(form.scalars).map(([role, name]) => [role, `${at}/${name}`]);
  const before = transformations.slice(0, at).map(() => []);
  return {
    ...form,
    maxNorm,
    scalars: Object.fromEntries(scalars) as AdamForm['scalars'],
    moments: (state) => form.moments((state as readonly TensorTree[])[at] as TensorTree),
    withMoments: (moments) => [...before, form.withMoments(moments)],
  };
}

/** The scalars whose names start with `prefix`, without it. */
function within(scalars: ScalarTensors, prefix: string): ScalarTensors {
  const own: Record<string, tf.Scalar> = {};
  for (const name of Object.keys(scalars)) {
    if (name.startsWith(prefix)) own[name.slice(prefix.length)] = scalars[name] as tf.Scalar;
  }
  return own;
}
