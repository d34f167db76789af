import type { Params } from '@immiscible/core/tensors';
import { count, figure, samplingSteps as samplingStepsText } from '../report/format.js';
import type { Costs } from './estimate.js';
import type { Evaluator } from './evaluation.js';
import { breathe } from './interrupt.js';
import type { Parts } from './parts.js';
import type { Progress } from './progress.js';
import type { RunRecord } from './record.js';
import type { TwinRun } from './twin-run.js';

export interface TrainTwinsOptions {
  readonly parts: Parts;
  readonly runs: readonly TwinRun[];
  readonly record: RunRecord;
  readonly evaluator: Evaluator;
  readonly costs: Costs;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Ends the trainings after their step. */
  readonly stop: AbortController;
  /** After all twins have been evaluated at a step. */
  readonly onEvaluated: () => void;
}

/** A run that was stopped still evaluates what takes no longer, in seconds. */
const CHEAP = 20;
/** Weight of the newest time in the running mean that the estimate uses. */
const NEWEST = 0.1;

/**
 * The loop: a step of each twin in turn, so that whatever the machine does meets both alike and both are equally far
 * when the run is stopped; evaluations of both at the same steps, from the same noise.
 */
export async function trainTwins(options: TrainTwinsOptions): Promise<void> {
  const { parts, runs, record, evaluator, costs, progress, signal } = options;
  const { steps } = parts.config;
  const losses = new Map<string, number>();
  const lastEvaluated = new Map<string, number>();
  const cheap = (): boolean => costs.evaluation * runs.length <= CHEAP;
  const done = (): number => Math.min(...runs.map((run) => run.step));

  const show = (activity: string): void =>
    progress.update({
      step: done(),
      rate: runs.length / sum(runs.map((run) => costs.step.get(run.twin.name) ?? NaN)),
      remaining: remainingSeconds(parts, runs, costs, lastEvaluated),
      losses: runs.map((run) => losses.get(run.twin.name) ?? NaN),
      activity,
    });

  const evaluate = async (run: TwinRun, weights: Params, step: number): Promise<void> => {
    const { name } = run.twin;
    const began = performance.now();
    try {
      const results = await evaluator.evaluate(weights, {
        // What takes long is given up when the run is stopped, what takes seconds is finished.
        ...(!cheap() && { signal }),
        onStart: (samplingSteps) => show(`evaluating ${name}, ${samplingStepsText(samplingSteps)}`),
      });
      record.evaluation(name, step, run.seconds, results);
      lastEvaluated.set(name, step);
      costs.evaluation = (performance.now() - began) / 1000;
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
    }
  };
  const tellAt = (step: number): void => {
    if (runs.some((run) => lastEvaluated.get(run.twin.name) !== step)) return;
    progress.log(evaluationLine(options, step));
    options.onEvaluated();
  };

  for (let step = done() + 1; step <= steps && !signal.aborted; step++) {
    // After a resume one twin may be ahead.
    const behind = runs.filter((run) => run.step < step);
    for (const run of behind) {
      const before = run.seconds;
      const stat = await run.advance();
      record.log(stat);
      const { name } = run.twin;
      losses.set(name, blend(losses.get(name), stat.loss));
      costs.step.set(name, blend(costs.step.get(name), run.seconds - before));
      await breathe();
    }
    show('training');
    for (const run of behind) await run.settle((weights, at) => evaluate(run, weights, at));
    tellAt(step);
  }
  if (signal.aborted) options.stop.abort();
  for (const run of runs) {
    await run.end(async (weights, step) => {
      const wanted = step > 0 && lastEvaluated.get(run.twin.name) !== step && cheap();
      if (signal.aborted && wanted) await evaluate(run, weights, step);
    });
  }
  if (signal.aborted) tellAt(done());
}

/**
 * Seconds of the training and the evaluations that are still to come.
 *
 * @param evaluated - the last step that each twin was evaluated at
 */
export function remainingSeconds(
  { config }: Parts,
  twins: readonly Pick<TwinRun, 'twin' | 'step'>[],
  costs: Costs,
  evaluated: ReadonlyMap<string, number>,
): number {
  const { steps, evaluation } = config;
  const total = Math.ceil(steps / evaluation.every);
  return sum(
    twins.map(({ twin, step }) => {
      const past = evaluated.get(twin.name) ?? Math.max(0, step - 1);
      const done = past === steps ? total : Math.floor(past / evaluation.every);
      return (steps - step) * (costs.step.get(twin.name) ?? NaN) + (total - done) * costs.evaluation;
    }),
  );
}

/** `step 300   FD-fashion  independent 268 | 146 | 98.0  immiscible 100 | 80.0 | 71.0   (2 | 4 | 10 sampling steps)` */
function evaluationLine({ parts, runs, record, evaluator }: TrainTwinsOptions, step: number): string {
  const { samplingSteps } = parts.config.evaluation;
  const values = runs.map(({ twin }) => {
    const own = samplingSteps.map((steps) => {
      const stat = record.stats.find(
        (one) =>
          one.kind === 'evaluation' &&
          one.twin === twin.name &&
          one.step === step &&
          one.samplingSteps === steps,
      );
      return figure(stat?.kind === 'evaluation' ? stat.value : NaN);
    });
    return `${twin.name} ${own.join(' | ')}`;
  });
  return (
    `step ${count(step)}   ${evaluator.metric}  ${values.join('   ')}   ` +
    `(${samplingSteps.join(' | ')} sampling steps)`
  );
}

function blend(mean: number | undefined, value: number): number {
  return mean === undefined || !Number.isFinite(mean) ? value : mean + NEWEST * (value - mean);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
