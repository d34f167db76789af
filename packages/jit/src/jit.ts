import { checkOptions, type OptionKeys, treeMap } from '@immiscible/core';
import type { Jitted, Step, TensorTree } from '@immiscible/core/tensors';
import { checkJitOptions } from './check-options.js';
import { checkAlike, checkTensors } from './check-tree.js';
import { type RunsSync, runEagerly } from './eager.js';
import type { Graph } from './graph.js';
import { fuseIntoOwn } from './fuse-own.js';
import { useFusibleForms } from './fusible-forms.js';
import { keepState } from './kept-state.js';
import { castToBfloat16 } from './mixed-precision.js';
import { nativeBackend, type NativeBackend } from './native-backend.js';
import { idsOf, treeOf } from './native-trees.js';
import type { JitOptions } from './options.js';
import { prune } from './passes.js';
import type { ProfileEntry, Program } from './program.js';
import { openProfile } from './profile.js';
import { keepRecordings } from './recordings.js';
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
  const compiled = compile(backend, step, given);
  try {
    if (inputs !== undefined) compiled.record(inputs);
  } catch (error) {
    compiled.dispose();
    throw error;
  }
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

/** Records the step where there is TensorFlow, and runs the recording. */
function compile<S extends TensorTree, I extends TensorTree, O extends TensorTree>(
  backend: NativeBackend,
  step: Step<S, I, O>,
  { state: initial, options = {} }: JitArguments<S, I>,
): JittedStep<S, I, O> & { record(inputs: I): void } {
  const { maxRecordings = 8, maxConstantBytes = 2 ** 29 } = options;
  const form = treeMap(initial, ({ shape, dtype }) => ({ shape: [...shape], dtype })) as unknown as S;
  const state = keepState(backend, form, initial);
  const recordings = keepRecordings<I>({
    most: maxRecordings,
    record(inputs) {
      const { graph, outputTree } = trace(step, { state: form, inputs }, { backend, maxConstantBytes });
      return () => ({ program: openProgram(backend, graph, options), outputTree });
    },
    leave: state.takeFrom,
  });
  let open = true;
  const checkOpen = (method: string) => {
    if (!open) throw new Error(`jit: ${method} must come before dispose`);
  };
  const runSync = (inputs: I): O => {
    checkOpen('run');
    const { program, outputTree } = recordings.of(inputs);
    state.moveInto(program);
    return treeOf<O>(backend, outputTree, program.run(idsOf(backend, inputs)));
  };
  return {
    record: recordings.of,
    runSync,
    run: async (inputs) => runSync(inputs),
    async readState() {
      checkOpen('readState');
      return state.read();
    },
    writeState(next) {
      checkOpen('writeState');
      checkAlike("jit: writeState's state", form, next);
      state.write(next);
    },
    profile: () => recordings.programs().flatMap((program) => program.profile?.() ?? []),
    dispose() {
      open = false;
      state.dispose();
      recordings.clear();
    },
  };
}

function openProgram(backend: NativeBackend, graph: Graph, options: JitOptions): Program {
  const forms = fuseIntoOwn(useFusibleForms(graph));
  const wanted = options.precision === 'bfloat16' ? prune(castToBfloat16(forms)) : forms;
  if (options.profile) return openProfile(backend.binding, wanted);
  return openSession(backend.binding, wanted, options.dumpGraph);
}
