import type {
  HostInputs,
  Params,
  ScalarTensors,
  Step,
  Tensors,
  TensorTree,
  WeightAverage,
} from '@immiscible/core/tensors';
import { describe } from '@immiscible/core';
import { applyUpdates, globalNorm } from '@immiscible/optim';
import * as tf from '@tensorflow/tfjs-core';
import { valueAndGradients } from './gradients.js';
import type { TrainOptions } from './options.js';

/** What a step changes. Without an average, `ema` is empty; without a teacher, `teacher`. */
export type TrainState = {
  readonly params: Params;
  readonly optimizer: TensorTree;
  readonly ema: Params;
  readonly teacher: Params;
};

/** What a step takes: the objective's arrays, and the numbers that depend on the step. */
export type StepInputs = {
  readonly batch: Readonly<Record<string, tf.Tensor>>;
  readonly scalars: {
    readonly optimizer: ScalarTensors;
    readonly ema: ScalarTensors;
    readonly teacher: ScalarTensors;
  };
};

/** Scalars; `gradientNorm` is the global L2 norm of the raw gradients. */
export type StepOutputs = { readonly loss: tf.Scalar; readonly gradientNorm: tf.Scalar };

/** What a step is made of. */
export type StepParts<In extends HostInputs> = Pick<
  TrainOptions<In>,
  'model' | 'objective' | 'optimizer' | 'ema' | 'teacher'
>;

/**
 * The state before the first step: the optimizer's own, and averages equal to the weights.
 *
 * @param params - taken over
 * @returns owned by the caller
 */
export function initialState<In extends HostInputs>(
  { optimizer, ema, teacher }: Pick<StepParts<In>, 'optimizer' | 'ema' | 'teacher'>,
  params: Params,
): TrainState {
  const start = (average: WeightAverage | undefined): Params =>
    average
      ? Object.fromEntries(Object.entries(params).map(([name, weight]) => [name, tf.clone(weight)]))
      : {};
  return { params, optimizer: optimizer.init(params), ema: start(ema), teacher: start(teacher) };
}

/** One step of training as a pure function: gradients of the loss, the optimizer's updates, the averages. */
export function trainingStep<In extends HostInputs>({
  model,
  objective,
  optimizer,
  ema,
  teacher,
}: StepParts<In>): Step<TrainState, StepInputs, StepOutputs> {
  return (state, { batch, scalars }) => {
    if (state?.params === undefined) {
      throw new TypeError(
        `train: compile must give the step its state, with params, got ${describe(state)}; ` +
          'its second argument is { state }: compile: (step, { state }) => jit(step, { state })',
      );
    }
    const other = teacher ? state.teacher : ema ? state.ema : undefined;
    const { value: loss, gradients } = valueAndGradients(
      (params) => objective.loss(model, params, batch as Tensors<In>, other),
      state.params,
    );
    const gradientNorm = globalNorm(gradients);
    const { updates, state: next } = optimizer.update(
      gradients,
      state.optimizer,
      state.params,
      scalars.optimizer,
    );
    const params = applyUpdates(state.params, updates);
    const averages = {
      ema: ema ? ema.update(state.ema, params, scalars.ema) : {},
      teacher: teacher ? teacher.update(state.teacher, params, scalars.teacher) : {},
    };
    return { state: { params, optimizer: next, ...averages }, outputs: { loss, gradientNorm } };
  };
}
