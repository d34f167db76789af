import { treeLeaves } from '@immiscible/core';
import type { Step, TensorTree } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { checkResult } from './check-tree.js';
import { nextTensorId, tensorsIn, withEngine } from './engine-hooks.js';
import { type TensorType, typeText } from './graph.js';
import { checkNoVariable, withoutVariables } from './without-variables.js';
import { checkDeterministic, readError } from './refusals.js';

/** One thing that a step did: an operation, or making data of its own. */
export interface StepEvent {
  /** What must be the same each time. */
  readonly form: string;
  /** For people. */
  readonly text: string;
  /** The tensors that an operation takes, by where they are from. */
  readonly uses: readonly string[];
  /** Of data: the tensor that it became, and its checksum. */
  readonly data?: { readonly name: string; readonly checksum: number };
}

/** What a run of a step did. */
export interface Observation {
  readonly events: readonly StepEvent[];
  /** Where the leaves of the next state and of the outputs are from. */
  readonly returned: { readonly state: readonly string[]; readonly outputs: readonly string[] };
}

/** A run and what came out. */
export interface Observed<R> extends Observation {
  readonly result: R;
}

/** Tensors that a step uses though it isn't given them, by their data. */
export type Captured = Map<object, tf.Tensor>;

export interface ObserveOptions {
  /** Filled in, or if `fixed` all that there may be; a disposed tensor is taken from here. */
  readonly captured: Captured;
  readonly fixed: boolean;
  /** Whether to write down what the step does. */
  readonly log: boolean;
}

/**
 * Runs a step operation by operation under the rules of a recording: values aren't looked at, variables not touched, randomness
 * not drawn by operations, and the tensors from outside stay the same.
 *
 * @throws Error, TypeError or RangeError naming what breaks them, as a recording would
 */
export function observe<S extends TensorTree, I extends TensorTree, O extends TensorTree>(
  step: Step<S, I, O>,
  state: S,
  inputs: I,
  { captured, fixed, log }: ObserveOptions,
): Observed<ReturnType<Step<S, I, O>>> {
  const given = new Map(
    [...treeLeaves<tf.Tensor>(state), ...treeLeaves<tf.Tensor>(inputs)].map((leaf, i) => [leaf, i]),
  );
  const givenData = new Map([...given.keys()].map((tensor) => [tensor.dataId as object, tensor]));
  const events: StepEvent[] = [];
  const ownData = new Set<object>();
  const madeBy = new Map<object, { kind: string; tensor: tf.Tensor }>();
  const firstOwn = nextTensorId();

  const isForeign = (tensor: tf.Tensor) => tensor.id < firstOwn && !given.has(tensor);
  const capture = (tensor: tf.Tensor, user: string): tf.Tensor => {
    const known = captured.get(tensor.dataId);
    if (known === undefined) {
      if (fixed) {
        throw new Error(
          `jit: a step must use the same tensors from outside at each run, got another ${typeOf(tensor)} for ${user}; ` +
            'pass it as state or input',
        );
      }
      captured.set(tensor.dataId, tensor);
    }
    return tensor.isDisposed ? (known ?? tensor) : tensor;
  };
  const nameOf = (tensor: tf.Tensor): string => {
    const index = given.get(tensor);
    if (index !== undefined) return `given ${index}`;
    if (tensor.id >= firstOwn) return `own ${tensor.id - firstOwn}`;
    return `outside ${[...captured.keys()].indexOf(tensor.dataId)}`;
  };
  const checkRead = (dataId: object) => {
    const made = madeBy.get(dataId);
    const tensor = made?.tensor ?? givenData.get(dataId);
    if (tensor && !ownData.has(dataId)) throw readError(made?.kind, tensor as unknown as TensorType);
  };

  const result = withEngine(
    (engine) => ({
      runKernel(kind, inputs, attributes) {
        checkDeterministic(kind);
        let used = inputs;
        if (tensorsIn(inputs).some(isForeign)) {
          const own = <T>(input: T): T =>
            input instanceof tf.Tensor && isForeign(input) ? (capture(input, kind) as T) : input;
          used = Object.fromEntries(
            Object.entries(inputs).map(([name, input]) => [
              name,
              Array.isArray(input) ? input.map(own) : own(input),
            ]),
          );
        }
        if (log) {
          const tensors = tensorsIn(inputs);
          const uses = tensors.map(nameOf);
          const text = `${kind}(${tensors.map(typeOf).join(', ')})`;
          events.push({ form: `${text} ${uses.join()} ${JSON.stringify(attributes)}`, text, uses });
        }
        const results = engine.runKernel(kind, used, attributes);
        for (const tensor of Array.isArray(results) ? results : [results]) {
          madeBy.set(tensor.dataId, { kind, tensor });
        }
        return results;
      },
      makeTensor(values, shape, dtype, backend) {
        const tensor = engine.makeTensor(values, shape, dtype, backend);
        ownData.add(tensor.dataId);
        if (log) {
          const text = `data ${typeOf(tensor)}`;
          const data = { name: nameOf(tensor), checksum: checksum(values) };
          events.push({ form: `${text} ${data.name}`, text, uses: [], data });
        }
        return tensor;
      },
      readSync(dataId) {
        checkRead(dataId);
        return engine.readSync(dataId);
      },
      read(dataId) {
        checkRead(dataId);
        return engine.read(dataId);
      },
    }),
    () => withoutVariables(new Set(given.keys()), () => step(state, inputs)),
  );

  checkResult(result, state);
  const returned = (tree: TensorTree, what: string) =>
    treeLeaves<tf.Tensor>(tree).map((leaf) => {
      checkNoVariable(leaf, new Set(given.keys()));
      if (isForeign(leaf)) capture(leaf, what);
      return nameOf(leaf);
    });
  const names = {
    state: returned(result.state, 'the next state'),
    outputs: returned(result.outputs, 'an output'),
  };
  return { result, events, returned: names };
}

function typeOf({ dtype, shape }: tf.Tensor): string {
  return typeText({ dtype, shape } as TensorType);
}

/** FNV-1a. */
function checksum(values: tf.DataValues): number {
  const bytes = ArrayBuffer.isView(values)
    ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    : new TextEncoder().encode(JSON.stringify(values));
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
