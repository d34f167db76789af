import type { ApplyOptions, Model, Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { type JitOptions, jit, type JittedStep } from './jit.js';
import { nativeBackend } from './native-backend.js';
import { isRecording } from './recorder.js';

type Arguments = { x: tf.Tensor4D; time: tf.Tensor1D; labels?: tf.Tensor1D };
type Applied = JittedStep<Params, Arguments, { y: tf.Tensor4D }>;

/** A model that holds a recording and a copy of the weights that it saw last. */
export interface JittedModel extends Model {
  dispose(): void;
}

/**
 * A model whose `apply` runs as one graph where there is TensorFlow: for sampling, where the same weights are applied
 * again and again. Weights are handed over when they are other tensors than at the call before. Within a gradient, or
 * within a step that is being recorded, and on any other backend, it is the model itself.
 *
 * @param model - any model; what else it has, its `config` say, is kept
 * @example
 * const images = await ddimSample(jitModel(model), params, options);
 */
export function jitModel<M extends Model>(model: M, options: JitOptions = {}): M & JittedModel {
  let applied: Applied | undefined;
  let seen: readonly tf.Tensor[] = [];
  return {
    ...model,
    apply(params: Params, x: tf.Tensor4D, time: tf.Tensor1D, given: ApplyOptions = {}) {
      const backend = nativeBackend();
      if (!backend || isRecording(backend) || isDifferentiating()) return model.apply(params, x, time, given);
      const weights = Object.keys(params).map((name) => params[name] as tf.Tensor);
      if (!applied) {
        applied = jit(
          (state: Params, inputs: Arguments) => {
            const { labels } = inputs;
            const y = model.apply(state, inputs.x, inputs.time, labels ? { labels } : {});
            return { state, outputs: { y } };
          },
          { state: params, options },
        );
      } else if (weights.length !== seen.length || weights.some((weight, i) => weight !== seen[i])) {
        applied.writeState(params);
      }
      seen = weights;
      const { labels } = given;
      return applied.runSync(labels ? { x, time, labels } : { x, time }).y;
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
