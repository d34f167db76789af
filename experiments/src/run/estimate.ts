import { train } from '@immiscible/trainer';
import { createCoupling } from '../registry/couplings.js';
import type { Evaluator } from './evaluation.js';
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
 */
export async function measureCosts(parts: Parts, evaluator: Evaluator): Promise<Costs> {
  const step = new Map<string, number>();
  let evaluation = 0;
  for (const [i, twin] of parts.config.twins.entries()) {
    const seconds: number[] = [];
    const events = train({
      model: parts.model,
      objective: parts.method.objective,
      batches: parts.batches,
      transform: createCoupling(twin.coupling),
      optimizer: parts.optimizer,
      ema: parts.ema,
      rng: parts.trainRng,
      steps: TRIAL_STEPS,
    });
    for await (const event of events) {
      if (event.type === 'step') seconds.push(stepSeconds(event));
      if (event.type === 'end' && i === 0) evaluation = await evaluationCost(parts, evaluator, event.params);
    }
    step.set(twin.name, Math.min(...seconds.slice(1)));
  }
  return { step, evaluation };
}

/** From one batch of samples at the least and the most sampling steps: a straight line. */
async function evaluationCost(
  { config }: Parts,
  evaluator: Evaluator,
  params: Parameters<Evaluator['evaluate']>[0],
): Promise<number> {
  const { samples, samplingSteps, batchSize } = config.evaluation;
  const trial = Math.max(2, Math.min(samples, batchSize));
  const time = async (steps: number): Promise<number> => {
    const start = performance.now();
    await evaluator.evaluate(params, { samplingSteps: [steps], samples: trial });
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
