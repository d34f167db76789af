import * as tf from '@tensorflow/tfjs-core';
import { checkedReads, tensorsIn, withEngine } from './engine-hooks.js';
import { type TensorType, typeText } from './graph.js';

/**
 * Runs a step that must do without `tf.Variable`s of its own: one that it reads would be stale in a recorded graph and
 * current where it runs operation by operation, one that it assigns to would be changed by the recording only.
 *
 * @param given - tensors that the step may use though they are variables: its arguments
 * @throws Error that names the variable
 */
export function withoutVariables<T>(given: ReadonlySet<tf.Tensor>, body: () => T): T {
  const isForeign = (tensor: unknown): tensor is tf.Variable =>
    tensor instanceof tf.Variable && !given.has(tensor);
  const checkRead = (dataId: object) => {
    const { registeredVariables } = tf.engine();
    const read = Object.values(registeredVariables).find((variable) => variable.dataId === dataId);
    if (isForeign(read)) refuse('read variables', read, ' looked at');
  };
  return withEngine(
    (engine) => ({
      runKernel(kind, inputs, attributes) {
        const read = tensorsIn(inputs).find(isForeign);
        if (read) refuse('read variables', read, ` for ${kind}`);
        return engine.runKernel(kind, inputs, attributes);
      },
      // What an assignment begins with; scopes never dispose of a variable.
      disposeTensor(tensor) {
        if (tensor instanceof tf.Variable) refuse('assign to variables', tensor, ' assigned to');
        engine.disposeTensor(tensor);
      },
      makeVariable(value, trainable, name) {
        throw new Error(
          `jit: a step must not make variables, got tf.variable${name === undefined ? '' : ` "${name}"`} of ` +
            `${typeText(value as unknown as TensorType)}; make it state`,
        );
      },
      ...checkedReads(engine, checkRead),
    }),
    body,
  );
}

/** @throws Error if a tensor that a step returns is a variable that it wasn't given */
export function checkNoVariable(tensor: tf.Tensor, given: ReadonlySet<tf.Tensor>): void {
  if (tensor instanceof tf.Variable && !given.has(tensor)) refuse('read variables', tensor, ' returned');
}

function refuse(what: string, variable: tf.Variable, how: string): never {
  throw new Error(
    `jit: a step must not ${what}, got the tf.Variable "${variable.name}", ` +
      `${typeText(variable as unknown as TensorType)},${how}; make it state: put its value into { state }, ` +
      'take it from there in the step, and return the next one (tf.layers models and tf.train optimizers keep theirs to themselves)',
  );
}
