import { type TensorType, typeText } from './graph.js';

// What a step may not do is said in the same words wherever it is noticed: in a recording, or in a run operation by operation.

/** Operations with randomness inside: TensorFlow.js would draw anew at each step, a graph would not as it does. */
const RANDOM = /^(Random|Stateless|Multinomial|Truncated|ParameterizedTruncated)/;

/** @throws Error for an operation that draws random numbers by itself */
export function checkDeterministic(kind: string): void {
  if (!RANDOM.test(kind)) return;
  throw new Error(
    `jit: a step must take its randomness as an input, got ${kind}; draw it outside and pass it in`,
  );
}

/** The error for a value that is looked at: the result of an operation, or an argument. */
export function readError(kind: string | undefined, type: TensorType): Error {
  return new Error(
    `jit: a step must not read the value of a tensor, got a read of ${kind === undefined ? 'an argument' : `what ${kind} gives`}, ` +
      `${typeText(type)}; return it as an output, or decide by tensor operations (tf.where)`,
  );
}

/** The error for a step that did one thing and then another. */
export function unlikeError(first: string, second: string, index: number): Error {
  return new Error(
    `jit: a step must do the same each time, got ${first} and then ${second} as operation ${index} of two recordings; ` +
      'what it does may depend on its arguments only, not on anything outside',
  );
}

/** The error for data that a step makes by itself and that differs. */
export function ownDataError(type: string, user: string): Error {
  return new Error(
    `jit: a step must not make data of its own, got ${type} for ${user} that differs between two recordings; ` +
      'pass it as an input',
  );
}

/** The error for a result that differs. */
export function unlikeResultError(what: 'an output' | 'its next state'): Error {
  return new Error(`jit: a step must do the same each time, got ${what} that differs between two recordings`);
}

/** The error for tensors that outlive a step. */
export function keptError(kept: number): Error {
  return new Error(
    `jit: a step must keep no tensors, got ${kept} kept (tf.keep); return them as state or outputs`,
  );
}

/** The error for a run that fails in TensorFlow; `where` names the operation, if it is known. */
export function runError(where: string, cause: Error): Error {
  return new Error(
    `jit: the step must run, got a failure${where}: ${cause.message}; its state is as before the step`,
    { cause },
  );
}
