import * as tf from '@tensorflow/tfjs-core';
import type { GradientTransformation, Params, ScalarTensors, TensorTree } from '@immiscible/core/tensors';
import { paramOf, scalarOf } from './map-params.js';
import type { MomentState } from './moments.js';
import { tidyTree } from './tidy-tree.js';

const KERNEL = 'ImmiscibleAdam';

/**
 * Adam or one of its kin, in numbers: `M·scale / (√V·spread + epsilon) + decay·w` of gradients that are clipped first. What a transformation
 * is known to be, one kernel can do at once.
 */
export interface AdamForm {
  readonly beta1: number;
  readonly beta2: number;
  /** The global norm to which gradients are clipped; 0 for none. */
  readonly maxNorm: number;
  /** The names of its scalars; a spread that has none is 1, a decay 0. */
  readonly scalars: {
    readonly scale: string;
    readonly epsilon: string;
    readonly spread?: string;
    readonly decay?: string;
  };
  /** Where in its state the moments are. */
  readonly moments: (state: TensorTree) => MomentState;
  /** The state with other moments. */
  readonly withMoments: (moments: MomentState) => TensorTree;
}

const forms = new WeakMap<object, AdamForm>();

/** Says what a transformation computes. */
export function declareForm<T extends object>(transformation: T, form: AdamForm): T {
  forms.set(transformation, form);
  return transformation;
}

/** What a transformation computes, if that is known and nothing but {@link AdamForm}. */
export function adamForm(transformation: object): AdamForm | undefined {
  return forms.get(transformation);
}

/** The form of Adam itself, whose state is the moments. */
export function plainForm(form: Pick<AdamForm, 'beta1' | 'beta2' | 'scalars'>): AdamForm {
  return {
    ...form,
    maxNorm: 0,
    moments: (state) => state as MomentState,
    withMoments: (moments) => moments,
  };
}

/** Whether the backend in use has the kernel (`@immiscible/backend` says where it comes from). */
export function hasFusedAdam(): boolean {
  return tf.getKernel(KERNEL, tf.getBackend()) !== undefined;
}

/** What a step starts from. */
interface Before {
  readonly updates: Params;
  readonly state: TensorTree;
  readonly params: Params;
  readonly scalars: ScalarTensors;
}

/**
 * A step of what `flatten` makes of a form, its moments end to end but no gradient copied: the composite's operations in their order, so
 * its bits, but for the sum of squares that the norm is.
 */
export function fusedAdam(
  { beta1, beta2, maxNorm, scalars: names, moments, withMoments }: AdamForm,
  { updates, state, params, scalars }: Before,
): ReturnType<GradientTransformation['update']> {
  return tidyTree(() => {
    const keys = Object.keys(updates).sort();
    const gradients = keys.map((key) => updates[key] as tf.Tensor);
    const scalar = (name: string | undefined, otherwise: number) =>
      name === undefined ? tf.scalar(otherwise) : scalarOf('flatten', scalars, name);
    const decays = names.decay !== undefined;
    const { gradientSum, squareSum } = moments(state);
    const inputs = {
      gradients,
      weights: decays ? keys.map((key) => paramOf('flatten', 'params', params, key)) : gradients,
      m: paramOf('flatten', 'state', gradientSum, 'flat'),
      v: paramOf('flatten', 'state', squareSum, 'flat'),
      scale: scalar(names.scale, 1),
      spread: scalar(names.spread, 1),
      epsilon: scalar(names.epsilon, 0),
      decay: scalar(names.decay, 0),
    };
    const results = tf
      .engine()
      .runKernel(KERNEL, inputs as unknown as tf.NamedTensorMap, { maxNorm, beta1, beta2, decays });
    const tensors = results as tf.Tensor[];
    const [m, v] = tensors.slice(keys.length) as [tf.Tensor, tf.Tensor];
    return {
      updates: Object.fromEntries(keys.map((key, i) => [key, tensors[i] as tf.Tensor])),
      state: withMoments({ gradientSum: { flat: m }, squareSum: { flat: v } }),
    };
  });
}
