import type { ApplyOptions, Model, Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { checkJitOptions } from './check-options.js';
import { jit, type JittedStep } from './jit.js';
import { nativeBackend } from './native-backend.js';
import type { JitOptions } from './options.js';
import { isRecording } from './recorder.js';
import { withoutVariables } from './without-variables.js';

/** And the call's options by their names. */
type Arguments = {
  readonly x: tf.Tensor4D;
  readonly time: tf.Tensor1D;
  readonly [option: string]: tf.Tensor;
};
type Applied = JittedStep<Params, Arguments, { y: tf.Tensor4D }>;

/** A model that holds a recording and a copy of the weights that it saw last. */
export interface JittedModel extends Model {
  /** Frees the recording and the copy of the weights; the next call makes others. */
  dispose(): void;
}

/**
 * A model whose `apply` runs as one graph where there is TensorFlow: for sampling, where the same weights are applied
 * again and again. Weights are handed over when they are other tensors than at the call before. Within a gradient, or
 * within a step that is being recorded, and on any other backend, it is the model itself.
 *
 * @param model - any model; what else it has, its `config` say, is kept
 * @param options - how it is compiled
 * @example
 * const images = await ddimSample(jitModel(model), params, options);
 */
export function jitModel<M extends Model>(model: M, options: JitOptions = {}): M & JittedModel {
  checkJitOptions('jitModel', options);
  let applied: Applied | undefined;
  // Data, not tensors: that of a variable changes.
  let seen: readonly object[] = [];
  return {
    ...model,
    apply(params: Params, x: tf.Tensor4D, time: tf.Tensor1D, given: ApplyOptions = {}) {
      const backend = nativeBackend();
      const apply = () => model.apply(params, x, time, given);
      if (isDifferentiating() || (backend && isRecording(backend))) return apply();
      if (!backend) {
        const tensors = [...Object.values(params), x, time, ...Object.values(given)] as tf.Tensor[];
        return withoutVariables(new Set(tensors), apply);
      }
      const weights = Object.keys(params).map((name) => (params[name] as tf.Tensor).dataId);
      if (!applied) {
        applied = jit(
          (state: Params, inputs: Arguments) => {
            const { x, time, ...rest } = inputs;
            return { state, outputs: { y: model.apply(state, x, time, rest as ApplyOptions) } };
          },
          { state: params, options },
        );
      } else if (weights.length !== seen.length || weights.some((weight, i) => weight !== seen[i])) {
        applied.writeState(params);
      }
      seen = weights;
      const more = Object.entries(given).filter(([, tensor]) => tensor !== undefined);
      return applied.runSync({ x, time, ...Object.fromEntries(more) }).y;
    },
    dispose() {
      applied?.dispose();
      applied = undefined;
      seen = [];
    },
  };
}

/** Whether operations are being written down for a gradient. */
function isDifferentiating(): boolean {
  return (tf.engine() as unknown as { state: { gradientDepth: number } }).state.gradientDepth > 0;
}
