import type { BatchTransform } from '@immiscible/core';
import type { Params } from '@immiscible/core/tensors';
import { NonFiniteLossError, train } from '@immiscible/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { createCoupling } from '../registry/couplings.js';
import type { Evaluator } from './evaluation.js';
import { breathe } from './interrupt.js';
import type { Parts } from './parts.js';
import { stepSeconds } from './twin-run.js';

/** What a run's parts cost, in seconds; corrected while it runs. */
export interface Costs {
  /** One training step of each twin. */
  readonly step: Map<string, number>;
  /** One evaluation of one twin, at all numbers of sampling steps. */
  evaluation: number;
}

/** Steps of the trial; the first ones of a process are slow. */
const TRIAL_STEPS = 4;

/**
 * Tries a few steps of each twin and a small evaluation, and throws their results away. They also warm the engine up,
 * which would otherwise slow the first twin alone.
 *
 * @throws the reason of `signal` if it is aborted meanwhile
 */
export async function measureCosts(parts: Parts, evaluator: Evaluator, signal: AbortSignal): Promise<Costs> {
  const step = new Map<string, number>();
  for (const { name, coupling } of parts.config.twins) {
    step.set(name, await stepCost(parts, createCoupling(coupling), signal));
  }
  const params = parts.model.init(parts.trainRng.split('init'));
  try {
    return { step, evaluation: await evaluationCost(parts, evaluator, params, signal) };
  } finally {
    tf.dispose(params);
  }
}

async function stepCost(parts: Parts, transform: BatchTransform, signal: AbortSignal): Promise<number> {
  const { model, method, batches, optimizer, ema, trainRng, compile } = parts;
  const { objective, teacher } = method;
  const rng = trainRng;
  const averages = { ema, teacher };
  const trial = {
    model,
    objective,
    batches,
    transform,
    optimizer,
    ...averages,
    rng,
    compile,
    steps: TRIAL_STEPS,
  };
  const seconds: number[] = [];
  try {
    for await (const event of train(trial)) {
      if (event.type === 'step') seconds.push(stepSeconds(event));
      await breathe();
      signal.throwIfAborted();
    }
  } catch (error) {
    // The run itself will meet it too, and report it.
    if (!(error instanceof NonFiniteLossError)) throw error;
  }
  return Math.min(...(seconds.length > 1 ? seconds.slice(1) : seconds));
}

/** From one batch of samples at the least and the most sampling steps: a straight line. */
async function evaluationCost(
  { config }: Parts,
  evaluator: Evaluator,
  params: Params,
  signal: AbortSignal,
): Promise<number> {
  const { samples, samplingSteps, batchSize } = config.evaluation;
  const trial = Math.max(2, Math.min(samples, batchSize));
  const time = async (steps: number): Promise<number> => {
    const start = performance.now();
    await evaluator.evaluate(params, { samplingSteps: [steps], samples: trial, signal });
    return (performance.now() - start) / 1000;
  };
  const [least, most] = [Math.min(...samplingSteps), Math.max(...samplingSteps)];
  await time(least); // warms up
  const short = await time(least);
  const long = most > least ? await time(most) : short;
  const perStep = most > least ? Math.max(0, (long - short) / (most - least)) : short / least;
  const fixed = Math.max(0, short - perStep * least);
  const all = samplingSteps.reduce((sum, steps) => sum + fixed + perStep * steps, 0);
  return (all * samples) / trial;
}
