import {
  checkOptions,
  type OptionKeys,
  treeEntries,
  treeFromEntries,
  treeLeaves,
  treeMap,
} from '@immiscible/core';
import type { Jitted, Step, TensorTree } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { checkJitOptions } from './check-options.js';
import { checkAlike, checkTensors, formOf } from './check-tree.js';
import { cloneTree, type RunsSync, runEagerly } from './eager.js';
import type { Graph } from './graph.js';
import { useFusibleForms } from './fusible-forms.js';
import { castToBfloat16 } from './mixed-precision.js';
import { nativeBackend, type NativeBackend, type TensorMetadata } from './native-backend.js';
import type { JitOptions } from './options.js';
import type { ProfileEntry, Program } from './program.js';
import { openProfile } from './profile.js';
import { openSession } from './session.js';
import { trace } from './trace.js';
import { watchStep } from './watched-step.js';
import { checkXla } from './xla.js';

/** What a step starts with. */
export interface JitArguments<S extends TensorTree, I extends TensorTree> {
  /** The first state; borrowed and copied. */
  readonly state: S;
  /** Inputs like those to come, to record with at once instead of at the first run; borrowed. */
  readonly inputs?: I;
  /** How the step is compiled. */
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
 * graph, its state in the session; on any other backend it runs operation by operation, twice at the first run. Results are
 * equal within float32 rounding.
 *
 * A step must be pure: what it does depends on the shapes of its arguments only, its values come from them. Inputs of
 * other shapes are recorded anew. What a step breaks of this is an error that says what to do, the same on every backend: reading
 * a value, a `tf.Variable` (those of a `tf.layers` model too) that isn't state, random numbers or a counter of its own.
 *
 * @param step - pure: from state and inputs to the next state and outputs
 * @param given - the first state, inputs to record with, and options
 * @throws Error, at the call if there are `inputs`, else at the first run, if the step isn't pure or can't be recorded
 * @throws RangeError if the next state isn't like the state, or an option is unknown or out of range
 * @throws TypeError if something that must be a tensor is none
 * @example
 * const training = jit(step, { state: { weights, velocity } });
 * for (const batch of batches) {
 *   const { loss } = await training.run(batch);
 * }
 */
export function jit<S extends TensorTree, I extends TensorTree, O extends TensorTree>(
  step: Step<S, I, O>,
  given: JitArguments<S, I>,
): JittedStep<S, I, O> {
  if (typeof step !== 'function') throw new TypeError(`jit: step must be a function, got ${typeof step}`);
  const keys = { state: true, inputs: true, options: true } satisfies OptionKeys<JitArguments<S, I>>;
  checkOptions('jit', given, keys, 'the second argument');
  const { state, inputs, options = {} } = given;
  checkTensors('jit: state', state);
  checkJitOptions('jit', options);
  const backend = nativeBackend();
  if (!backend) return interpret(step, state, inputs);
  if (options.xla) checkXla();
  const compiled = compile(backend, step, state, options);
  if (inputs !== undefined) compiled.record(inputs);
  return compiled;
}

/** Where there is no TensorFlow to record for: operation by operation, under the same rules. */
function interpret<S extends TensorTree, I extends TensorTree, O extends TensorTree>(
  step: Step<S, I, O>,
  state: S,
  inputs: I | undefined,
): JittedStep<S, I, O> {
  const watched = watchStep(step);
  if (inputs !== undefined) watched.check(state, inputs);
  const running = runEagerly('jit', watched.step, { state });
  return {
    ...running,
    profile: () => [],
    dispose() {
      running.dispose();
      watched.dispose();
    },
  };
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
    checkTensors('jit: input', inputs);
    const key = formOf(inputs);
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
