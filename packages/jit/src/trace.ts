import { treeLeaves, treeMap } from '@immiscible/core';
import type { Step, TensorTree } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { checkAgreement } from './agree.js';
import { checkResult } from './check-tree.js';
import { type Graph, operationText, type TensorType, typeText } from './graph.js';
import type { NativeBackend } from './native-backend.js';
import { simplify } from './passes.js';
import { startRecorder } from './recorder.js';
import { keptError } from './refusals.js';
import { checkNoVariable, withoutVariables } from './without-variables.js';

/** A recorded step and the tree in which its outputs are given. */
export interface Trace {
  readonly graph: Graph;
  /** Index into the graph's outputs at each leaf. */
  readonly outputTree: TensorTree;
}

/** What a step is recorded with. */
export interface TraceArguments<S extends TensorTree, I extends TensorTree> {
  /** Tensors for their types; borrowed. */
  readonly state: S;
  /** Likewise. */
  readonly inputs: I;
}

export interface TraceOptions {
  readonly backend: NativeBackend;
  /** The most bytes of data that the graph may hold. */
  readonly maxConstantBytes: number;
}

/** Records a step twice, checks that both agree, and simplifies. */
export function trace<S extends TensorTree, I extends TensorTree, O extends TensorTree>(
  step: Step<S, I, O>,
  given: TraceArguments<S, I>,
  { backend, maxConstantBytes }: TraceOptions,
): Trace {
  const first = traceOnce(backend, step, given);
  const second = traceOnce(backend, step, given);
  checkAgreement(first.graph, second.graph);
  const graph = simplify(first.graph);
  checkConstants(graph, maxConstantBytes);
  return { graph, outputTree: first.outputTree };
}

function traceOnce<S extends TensorTree, I extends TensorTree, O extends TensorTree>(
  backend: NativeBackend,
  step: Step<S, I, O>,
  { state, inputs }: TraceArguments<S, I>,
): Trace {
  const before = tf.memory().numTensors;
  const recorder = startRecorder(backend);
  try {
    const traced = tf.tidy((): tf.TensorContainer => {
      const values = { state: [] as number[], inputs: [] as number[] };
      const abstracted = <T extends TensorTree>(tree: T, to: number[]) =>
        treeMap(tree, ({ dtype, shape }: tf.Tensor) => {
          const made = recorder.abstract({ dtype, shape } as TensorType);
          to.push(made.value);
          return made.tensor;
        }) as T;
      const [own, given] = [abstracted(state, values.state), abstracted(inputs, values.inputs)];
      const none: ReadonlySet<tf.Tensor> = new Set();
      const result = withoutVariables(none, () => step(own, given));
      checkResult(result, state);
      const valueOf = (leaf: tf.Tensor) => {
        checkNoVariable(leaf, none);
        return recorder.valueOf(leaf);
      };
      const nextState = treeLeaves<tf.Tensor>(result.state).map(valueOf);
      const outputs = treeLeaves<tf.Tensor>(result.outputs).map(valueOf);
      let leaf = 0;
      const outputTree = treeMap(result.outputs, () => leaf++ as unknown as tf.Tensor);
      const graph: Graph = { ...recorder.content(), ...values, outputs, nextState };
      // Through tidy as something that holds no tensors.
      return (() => ({ graph, outputTree })) as unknown as tf.TensorContainer;
    }) as unknown as () => Trace;
    const kept = tf.memory().numTensors - before;
    if (kept > 0) throw keptError(kept);
    return traced();
  } finally {
    recorder.stop();
  }
}

function checkConstants(graph: Graph, limit: number): void {
  const total = graph.constants.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (total <= limit) return;
  const largest = graph.constants.reduce((a, b) => (b.bytes.length > a.bytes.length ? b : a));
  const user = graph.operations.find(({ inputs }) => inputs.includes(largest.value));
  throw new RangeError(
    `jit: a step must hold at most ${megabytes(limit)} of data, got ${megabytes(total)}, the largest ` +
      `${typeText(graph.types[largest.value] as TensorType)}${largest.captured ? ' from outside the step' : ''}` +
      `${user ? `, for ${operationText(graph, user)}` : ''}; pass it as state or input, or raise maxConstantBytes`,
  );
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
