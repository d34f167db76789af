import { treeLeaves } from '@immiscible/core';
import type { Step, TensorTree } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { checkResult } from './check-tree.js';
import { checksum } from './checksum.js';
import { checkedReads, type EngineMethods, tensorsIn, withEngine } from './engine-hooks.js';
import type { TensorType } from './graph.js';
import { type Captured, type Origins, originsOf, tensorText } from './origins.js';
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
  readonly data?: { readonly name: string; readonly type: string; readonly checksum: number };
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
  const given = [...treeLeaves<tf.Tensor>(state), ...treeLeaves<tf.Tensor>(inputs)];
  const allowed = new Set(given);
  const origins = originsOf(given, captured, fixed);
  const events: StepEvent[] = [];
  const result = withEngine(
    (engine) => watchedEngine(engine, { given, origins, events: log ? events : undefined }),
    () => withoutVariables(allowed, () => step(state, inputs)),
  );

  checkResult(result, state);
  const returned = (tree: TensorTree, what: string) =>
    treeLeaves<tf.Tensor>(tree).map((leaf) => {
      checkNoVariable(leaf, allowed);
      if (origins.isForeign(leaf)) origins.capture(leaf, what);
      return origins.nameOf(leaf);
    });
  const names = {
    state: returned(result.state, 'the next state'),
    outputs: returned(result.outputs, 'an output'),
  };
  return { result, events, returned: names };
}

/** What a watched run is held to, and where it is written down. */
interface Watch {
  readonly given: readonly tf.Tensor[];
  readonly origins: Origins;
  /** Filled in; undefined where nothing is to be written down. */
  readonly events: StepEvent[] | undefined;
}

/** The engine's functions as a watched step has them. */
function watchedEngine(engine: EngineMethods, { given, origins, events }: Watch): Partial<EngineMethods> {
  const givenData = new Map(given.map((tensor) => [tensor.dataId as object, tensor]));
  const ownData = new Set<object>();
  const madeBy = new Map<object, { kind: string; tensor: tf.Tensor }>();
  const checkRead = (dataId: object) => {
    const made = madeBy.get(dataId);
    const tensor = made?.tensor ?? givenData.get(dataId);
    if (tensor && !ownData.has(dataId)) throw readError(made?.kind, tensor as unknown as TensorType);
  };
  return {
    runKernel(kind, inputs, attributes) {
      checkDeterministic(kind);
      const used = withCaptured(kind, inputs, origins);
      events?.push(operationEvent(kind, inputs, { attributes, nameOf: origins.nameOf }));
      const results = engine.runKernel(kind, used, attributes);
      for (const tensor of Array.isArray(results) ? results : [results]) {
        madeBy.set(tensor.dataId, { kind, tensor });
      }
      return results;
    },
    makeTensor(values, shape, dtype, backend) {
      const tensor = engine.makeTensor(values, shape, dtype, backend);
      ownData.add(tensor.dataId);
      events?.push(dataEvent(tensor, values, origins.nameOf(tensor)));
      return tensor;
    },
    ...checkedReads(engine, checkRead),
  };
}

type KernelInputs = Readonly<Record<string, unknown>>;

/** A kernel's inputs with those from outside captured. */
function withCaptured(kind: string, inputs: KernelInputs, { isForeign, capture }: Origins): KernelInputs {
  if (!tensorsIn(inputs).some(isForeign)) return inputs;
  const own = (input: unknown): unknown =>
    input instanceof tf.Tensor && isForeign(input) ? capture(input, kind) : input;
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, Array.isArray(input) ? input.map(own) : own(input)]),
  );
}

function operationEvent(
  kind: string,
  inputs: KernelInputs,
  { attributes, nameOf }: { attributes: object | undefined; nameOf(tensor: tf.Tensor): string },
): StepEvent {
  const tensors = tensorsIn(inputs);
  const uses = tensors.map(nameOf);
  const text = `${kind}(${tensors.map(tensorText).join(', ')})`;
  return { form: `${text} ${uses.join()} ${JSON.stringify(attributes)}`, text, uses };
}

function dataEvent(tensor: tf.Tensor, values: tf.DataValues, name: string): StepEvent {
  const type = tensorText(tensor);
  const text = `data ${type}`;
  const bytes = ArrayBuffer.isView(values)
    ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    : new TextEncoder().encode(JSON.stringify(values));
  return { form: `${text} ${name}`, text, uses: [], data: { name, type, checksum: checksum(bytes) } };
}
