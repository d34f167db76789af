import { createRng } from '@immiscible/core';
import type { Params } from '@immiscible/core/tensors';
import { pointBatches, type PointSampler } from '@immiscible/datasets';
import { adam, ema, warmup } from '@immiscible/optim';
import { train } from '@immiscible/trainer';
import ndarray from 'ndarray';
import { pointNetwork } from './point-network.js';
import { slicedWasserstein } from './sliced-wasserstein.js';
import { toyCouplings, type ToyMethod } from './toy-methods.js';

/** What all trainings have in common. */
export interface ToySettings {
  readonly steps: number;
  /** Evaluations, evenly spaced over the steps. */
  readonly evaluations: number;
  readonly batchSize: number;
  readonly width: number;
  readonly layers: number;
  readonly learningRate: number;
  /** Points that are compared with as many of the set. */
  readonly samples: number;
}

/** Distance of samples to points of the set that were not trained on. */
export interface ToyPoint {
  readonly step: number;
  readonly few: number;
  readonly many: number;
}

/** What is trained on what. */
export interface ToyTraining {
  readonly set: PointSampler;
  readonly method: ToyMethod;
  readonly coupling: string;
  readonly seed: number;
}

/** One training: the same points, first weights, noise as drawn, levels and starts of samples for every coupling. */
export async function trainToy(
  { set, method, coupling, seed }: ToyTraining,
  settings: ToySettings,
): Promise<ToyPoint[]> {
  const { steps, evaluations, batchSize, samples } = settings;
  const root = createRng(seed);
  const model = pointNetwork(settings);
  const held = set(samples, root.split('held out'));
  const every = Math.floor(steps / evaluations);
  const curve: ToyPoint[] = [];
  const distance = async (params: Params, samplingSteps: number): Promise<number> => {
    const points = await method.sample(model, params, {
      steps: samplingSteps,
      count: samples,
      batchSize: samples,
      imageShape: [1, 1, 2],
      rng: root.split('sample'),
    });
    return slicedWasserstein(ndarray(points.data, [samples, 2]), held);
  };
  const run = train({
    model,
    objective: method.objective(steps),
    batches: pointBatches(set, { batchSize, rng: root.split('data') }),
    transform: (toyCouplings[coupling] as () => ReturnType<(typeof toyCouplings)[string]>)(),
    optimizer: adam({ learningRate: warmup(50, settings.learningRate) }),
    ema: ema({ decay: 0.99 }),
    rng: root.split('train'),
    steps: every * evaluations,
    snapshotEvery: every,
    readEvery: every,
  });
  for await (const event of run) {
    if (event.type !== 'snapshot') continue;
    const params = event.ema ?? event.params;
    const [few, many] = method.steps;
    curve.push({
      step: event.step,
      few: await distance(params, few),
      many: await distance(params, many),
    });
  }
  return curve;
}

/** What chance leaves between two draws of the set: the least that can be reached on average. */
export function chanceDistance(set: PointSampler, seed: number, samples: number): number {
  const rng = createRng(seed);
  return slicedWasserstein(set(samples, rng.split('held out')), set(samples, rng.split('another')));
}
