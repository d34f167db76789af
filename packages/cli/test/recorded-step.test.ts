import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import { ddimObjective } from '@immiscible/ddim';
import { eager, jit } from '@immiscible/jit';
import { adam, chain, clipByGlobalNorm, ema } from '@immiscible/optim';
import { cosineSchedule } from '@immiscible/schedulers';
import { train, type TrainEvent } from '@immiscible/trainer';
import { unet } from '@immiscible/unet';
import { availableBackends } from '@immiscible/testing';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';

const backends = await availableBackends(selectBackend);
const model = unet({
  imageChannels: 1,
  channels: 8,
  channelMultipliers: [1, 2],
  blocksPerLevel: 1,
  attentionLevels: [1],
  groups: 4,
});
const options = {
  model,
  objective: ddimObjective({ schedule: cosineSchedule({ timesteps: 100 }), prediction: 'vPrediction' }),
  batches: {
    batchSize: 4,
    imageShape: [8, 8, 1] as [number, number, number],
    at: (step: number) => ({
      x0: ndarray(
        createRng(1)
          .split(step)
          .fillNormal(new Float32Array(4 * 64)),
        [4, 8, 8, 1],
      ),
    }),
  },
  optimizer: chain(clipByGlobalNorm(1), adam({ learningRate: 1e-3 })),
  ema: ema({ decay: 0.9 }),
  rng: createRng(2),
  steps: 3,
};

async function losses(compile: typeof jit | typeof eager): Promise<number[]> {
  const read: number[] = [];
  for await (const event of train({ ...options, compile } as never) as AsyncIterable<TrainEvent>) {
    if (event.type === 'step') read.push(event.loss, event.gradientNorm);
  }
  return read;
}

describe.skipIf(!backends.includes('native'))('a U-Net trained as a recorded graph', () => {
  it('has the losses and gradient norms that it has op by op', async () => {
    await selectBackend({ backend: 'native' });
    const [plain, recorded] = [await losses(eager), await losses(jit)];
    expect(recorded.length).toBe(2 * options.steps);
    expect(recorded).toBeAllClose(plain, { rtol: 2e-4 });
  });
});

describe('a U-Net trained on different backends', () => {
  it('has the same losses within 1e-4', async () => {
    const all: number[][] = [];
    for (const backend of backends) {
      await selectBackend({ backend });
      all.push((await losses(jit)).filter((_, i) => i % 2 === 0));
    }
    for (const other of all.slice(1)) expect(other).toBeAllClose(all[0] as number[], { rtol: 1e-4, atol: 0 });
  }, 60_000);
});
