import { treeEntries, treeFromEntries, treeLeaves, treeMap } from '@immiscible/core';
import type { Jitted, Step, TensorTree } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { checkAlike, checkTensor } from './check-tree.js';
import { checkOptions } from './check-options.js';
import { cloneTree, eager, type RunsSync } from './eager.js';
import { type Graph, type TensorType, typeText } from './graph.js';
import { useFusibleForms } from './fusible-forms.js';
import { castToBfloat16 } from './mixed-precision.js';
import { nativeBackend, type NativeBackend, type TensorMetadata } from './native-backend.js';
import type { ProfileEntry, Program } from './program.js';
import { openProfile } from './profile.js';
import { openSession } from './session.js';
import { trace } from './trace.js';
import { checkXla } from './xla.js';

/** How a step is compiled. All of it is for the native engine; elsewhere a step runs as it is. */
export interface JitOptions {
  /**
   * `bfloat16`: convolutions and matrix products in bfloat16, all else, weights included, in float32.
   *
   * @defaultValue 'float32'
   */
  readonly precision?: 'float32' | 'bfloat16';
  /** Whether XLA compiles what it can; needs `TF_XLA_FLAGS` in the environment. @defaultValue false */
  readonly xla?: boolean;
  /** Whether to run operation by operation and keep the time of each: slower. @defaultValue false */
  readonly profile?: boolean;
  /** A folder in which to leave the graph as a SavedModel, `saved_model.pb`, which Netron and TensorFlow open. */
  readonly dumpGraph?: string;
  /** How many recordings, one for each set of input shapes, are kept. @defaultValue 8 */
  readonly maxRecordings?: number;
  /** The most bytes of constants, such as tensors from outside the step. @defaultValue 512 MiB */
  readonly maxConstantBytes?: number;
}

/** What a step starts with. */
export interface JitArguments<S extends TensorTree, I extends TensorTree> {
  /** The first state; borrowed and copied. */
  readonly state: S;
  /** Inputs like those to come, to record with at once instead of at the first run; borrowed. */
  readonly inputs?: I;
  readonly options?: JitOptions;
}

/** A compiled step. */
export interface JittedStep<S extends TensorTree, I extends TensorTree, O extends TensorTree>
  extends Jitted<S, I, O>, RunsSync<I, O> {
  /** With the option `profile`: milliseconds by kind of operation over all runs, the largest first; else empty. */
  profile(): ProfileEntry[];
}

/** One recording. */
interface Recording {
  readonly program: Program;
  readonly outputTree: TensorTree;
}

/**
 * Compiles a pure training step: on tfjs-node it is recorded at the first run and from then on runs as one TensorFlow
 * graph, its state in the session; on any other backend it runs operation by operation. Results are equal within
 * float32 rounding.
 *
 * A step must be pure: what it does depends on the shapes of its arguments only, its values come from them. Inputs of
 * other shapes are recorded anew. What a step breaks of this is an error that says what to do.
 *
 * @throws Error, at the call if there are `inputs`, else at the first run, if the step can't be recorded
 * @throws RangeError if the next state isn't like the state
 * @example
 * const training = jit(step, { state: { weights, velocity } });
 * for (const batch of batches) {
 *   const { loss } = await training.run(batch);
 * }
 */
export function jit<S extends TensorTree, I extends TensorTree, O extends TensorTree>(
  step: Step<S, I, O>,
  { state, inputs, options = {} }: JitArguments<S, I>,
): JittedStep<S, I, O> {
  for (const [path, leaf] of treeEntries<tf.Tensor>(state)) checkTensor(`jit: state ${path}`, leaf);
  checkOptions(options);
  const backend = nativeBackend();
  if (!backend) return { ...eager(step, { state }), profile: () => [] };
  if (options.xla) checkXla();
  const compiled = compile(backend, step, state, options);
  if (inputs !== undefined) compiled.record(inputs);
  return compiled;
}

function compile<S extends TensorTree, I extends TensorTree, O extends TensorTree>(
  backend: NativeBackend,
  step: Step<S, I, O>,
  initial: S,
  options: JitOptions,
): JittedStep<S, I, O> & { record(inputs: I): void } {
  const { maxRecordings = 8, maxConstantBytes = 2 ** 29 } = options;
  // The oldest used first.
  const recordings = new Map<string, Recording>();
  // The state is in the recording that ran last; before the first, and after writeState, in tensors.
  let holder: Program | undefined;
  let waiting: S | undefined = kept(cloneTree(initial));
  const form = treeMap(initial, ({ shape, dtype }) => ({ shape: [...shape], dtype })) as unknown as S;
  let evicted = 0;
  let open = true;
  const checkOpen = (method: string) => {
    if (!open) throw new Error(`jit: ${method} must come before dispose`);
  };
  const idsOf = (tree: TensorTree) => backend.getInputTensorIds(treeLeaves<tf.Tensor>(tree));
  const toTree = <T extends TensorTree>(like: TensorTree, results: readonly TensorMetadata[]): T => {
    const tensors = results.map((result) => backend.createOutputTensor(result));
    const paths = treeEntries(like).map(([path], i): [string, tf.Tensor] => [path, tensors[i] as tf.Tensor]);
    return treeFromEntries(like, new Map(paths)) as T;
  };
  const setWaiting = (next: S | undefined) => {
    if (waiting) tf.dispose(treeLeaves<tf.Tensor>(waiting));
    waiting = next;
  };
  /** The state as tensors in `waiting`, out of the session that has it. */
  const fetch = () => {
    if (!holder) return;
    waiting = kept(toTree<S>(form, holder.read()));
    holder = undefined;
  };
  const record = (inputs: I): Recording => {
    for (const [path, leaf] of treeEntries<tf.Tensor>(inputs)) checkTensor(`jit: input ${path}`, leaf);
    const key = treeEntries<tf.Tensor>(inputs)
      .map(([path, { dtype, shape }]) => `${path} ${typeText({ dtype, shape } as TensorType)}`)
      .join();
    let recording = recordings.get(key);
    if (recording) {
      if (recordings.size > 1) recordings.delete(key);
    } else {
      const { graph, outputTree } = trace(backend, step, form, inputs, { maxConstantBytes });
      if (recordings.size >= maxRecordings) evict();
      recording = { program: openProgram(backend, graph, options), outputTree };
    }
    recordings.set(key, recording);
    return recording;
  };
  const evict = () => {
    const [key, { program }] = [...recordings][0] as [string, Recording];
    if (program === holder) fetch();
    recordings.delete(key);
    program.close();
    if (evicted++ === 0) {
      tf.backend_util.warn(
        `jit: a step should get inputs of a few shapes only, got more than ${maxRecordings}: each is recorded anew, ` +
          'which takes seconds; pad the inputs, or raise maxRecordings',
      );
    }
  };
  const runSync = (inputs: I): O => {
    checkOpen('run');
    const { program, outputTree } = record(inputs);
    if (holder !== program) {
      fetch();
      program.write(idsOf(waiting as S));
      holder = program;
      setWaiting(undefined);
    }
    return toTree<O>(outputTree, program.run(idsOf(inputs)));
  };
  return {
    record,
    runSync,
    run: async (inputs) => runSync(inputs),
    async readState() {
      checkOpen('readState');
      const program = holder;
      return program ? toTree<S>(form, program.read()) : cloneTree(waiting as S);
    },
    writeState(next) {
      checkOpen('writeState');
      checkAlike("jit: writeState's state", form, next);
      setWaiting(kept(cloneTree(next)));
      holder = undefined;
    },
    profile: () => [...recordings.values()].flatMap(({ program }) => program.profile?.() ?? []),
    dispose() {
      open = false;
      setWaiting(undefined);
      holder = undefined;
      for (const { program } of recordings.values()) program.close();
      recordings.clear();
    },
  };
}

/** The same tensors, out of reach of any `tf.tidy`. */
function kept<T extends TensorTree>(tree: T): T {
  for (const tensor of treeLeaves<tf.Tensor>(tree)) tf.keep(tensor);
  return tree;
}

function openProgram(backend: NativeBackend, graph: Graph, options: JitOptions): Program {
  const forms = useFusibleForms(graph);
  const wanted = options.precision === 'bfloat16' ? castToBfloat16(forms) : forms;
  if (options.profile) return openProfile(backend.binding, wanted);
  return openSession(backend.binding, wanted, options.dumpGraph);
}
