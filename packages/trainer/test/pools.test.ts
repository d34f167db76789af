import '@tensorflow/tfjs';
import { type Batch, type BatchTransform, createRng } from '@immiscible/core';
import type { HostInputs, Objective } from '@immiscible/core/tensors';
import { type StepEvent, train } from '@immiscible/trainer';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';
import { BATCH, batches, collect, IMAGE_SHAPE, options, PIXELS, reversing } from './tiny.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

interface Seen {
  x0: number[];
  noise: number[];
  labels: number[];
  time: number[];
}

/** Runs `steps` steps and records what the objective got at each; labels go along. */
async function seenBy(transform: BatchTransform | undefined, steps: number, rng = options.rng) {
  const seen: Seen[] = [];
  const objective: Objective<HostInputs> = {
    loss: options.objective.loss,
    prepare(batch, stream, step) {
      const inputs = options.objective.prepare(batch, stream, step);
      seen[step] = {
        x0: [...batch.x0.data],
        noise: [...batch.noise.data],
        labels: [...(batch.labels ?? [])],
        time: [...(inputs['time'] as ReturnType<typeof ndarray<Float32Array>>).data],
      };
      return inputs;
    },
  };
  const events = await collect(train({ ...options, objective, transform, rng, steps }));
  return { seen, events: events.filter((event): event is StepEvent => event.type === 'step') };
}

const images = (step: number) => {
  const { x0, labels } = batches().at(step) as Batch;
  return { x0: [...x0.data], labels: [...(labels as Int32Array)] };
};
const noiseOf = (step: number) =>
  options.rng
    .split('noise')
    .split(step)
    .fillNormal(new Float32Array(BATCH * PIXELS));
const range = (n: number) => [...Array(n).keys()];

describe('a transform with a pool of three batches', () => {
  const calls: { batch: Batch; words: number[] }[] = [];
  const transform: BatchTransform = Object.assign(
    (batch: Batch, rng: Parameters<BatchTransform>[1]) => {
      calls.push({ batch, words: range(4).map(() => rng.uint32()) });
      return reversing()(batch, createRng(0));
    },
    { pool: 3 * BATCH },
  );

  it('is called once a pool with the rows of its batches in order, and the last pool is whole', async () => {
    calls.length = 0;
    await seenBy(transform, 7);
    expect(calls).toHaveLength(3);
    calls.forEach(({ batch, words }, pool) => {
      const steps = range(3).map((i) => 3 * pool + i);
      expect(batch.x0.shape).toEqual([3 * BATCH, ...IMAGE_SHAPE]);
      expect([...batch.x0.data]).toEqual(steps.flatMap((step) => images(step).x0));
      expect([...(batch.labels as Int32Array)]).toEqual(steps.flatMap((step) => images(step).labels));
      expect([...batch.noise.data]).toEqual(steps.flatMap((step) => [...noiseOf(step)]));
      const stream = options.rng.split('transform').split(pool);
      expect(words).toEqual(range(4).map(() => stream.uint32()));
    });
  });

  it('has its result dealt out batch by batch, labels and all', async () => {
    calls.length = 0;
    const { seen } = await seenBy(transform, 7);
    const dealt = (key: 'x0' | 'noise' | 'labels', pool: number) =>
      seen.slice(3 * pool, 3 * pool + 3).flatMap((step) => step[key]);
    calls.slice(0, 2).forEach(({ batch }, pool) => {
      const given = reversing()(batch, createRng(0)) as Batch;
      expect(dealt('x0', pool)).toEqual([...given.x0.data]);
      expect(dealt('noise', pool)).toEqual([...given.noise.data]);
      expect(dealt('labels', pool)).toEqual([...(given.labels as Int32Array)]);
    });
  });

  it('has its time spread over the steps of the pool', async () => {
    const { events } = await seenBy(transform, 6);
    const shares = events.map(({ seconds }) => seconds.transform);
    expect(new Set(shares.slice(0, 3)).size).toBe(1);
    expect(new Set(shares.slice(3)).size).toBe(1);
    expect(shares[0]).toBeGreaterThan(0);
  });
});

describe('distance', () => {
  it('is the mean of ‖image − noise‖ over the step’s rows, before and after the transform', async () => {
    const { seen, events } = await seenBy(reversing(2 * BATCH), 4);
    events.forEach(({ distance }, step) => {
      const mean = (noise: ArrayLike<number>) => {
        const { x0 } = images(step);
        const norm = (row: number) =>
          Math.hypot(
            ...range(PIXELS).map(
              (p) => (x0[row * PIXELS + p] as number) - (noise[row * PIXELS + p] as number),
            ),
          );
        return range(BATCH).reduce((sum, row) => sum + norm(row), 0) / BATCH;
      };
      expect(distance.before).toBeCloseTo(mean(noiseOf(step)), 10);
      expect(distance.after).toBeCloseTo(mean((seen[step] as Seen).noise), 10);
    });
  });

  it('stays the same without a transform', async () => {
    const { events } = await seenBy(undefined, 2);
    for (const { distance } of events) expect(distance.after).toBe(distance.before);
  });
});

describe('twins', () => {
  const drawing: BatchTransform = (batch, rng) => {
    rng.fillNormal(new Float32Array(1000));
    return batch;
  };

  it('with different transforms get the same images, noise and numbers of the objective', async () => {
    const twins = [undefined, drawing, Object.assign(drawing.bind(null), { pool: 2 * BATCH })];
    const [first, ...others] = await Promise.all(
      twins.map(async (transform) => (await seenBy(transform, 4)).seen),
    );
    expect(first).toHaveLength(4);
    for (const other of others) expect(other).toEqual(first);
  });

  it('with different transforms get the same first weights, images and timesteps', async () => {
    const first = async (transform?: BatchTransform) => {
      const { seen } = await seenBy(transform, 3);
      return seen.map(({ x0, time }) => ({ x0, time }));
    };
    expect(await first(reversing())).toEqual(await first());
    const weights = async (transform?: BatchTransform) => {
      const frozen = { ...options.optimizer, scalars: () => ({ rate: 0 }) };
      for await (const event of train({ ...options, optimizer: frozen, transform, steps: 1 })) {
        if (event.type === 'end') return [...((await event.params['weight']?.data()) ?? [])];
      }
      return [];
    };
    expect(await weights(reversing())).toEqual(await weights());
    expect(await weights()).toHaveLength(PIXELS);
  });

  it('with different seeds get different noise', async () => {
    const [a, b] = [await seenBy(undefined, 1), await seenBy(undefined, 1, createRng(6))];
    expect(a.seen[0]?.noise).not.toEqual(b.seen[0]?.noise);
    expect(a.seen[0]?.x0).toEqual(b.seen[0]?.x0);
  });
});

describe('a transform that gives back', () => {
  const wrong = (change: (batch: Batch) => Partial<Batch>) =>
    collect(train({ ...options, transform: (batch) => ({ ...batch, ...change(batch) }), steps: 1 }));

  it('fewer rows of noise, or images of another shape, is refused', async () => {
    await expect(
      wrong(({ noise }) => ({ noise: ndarray(noise.data.slice(PIXELS), [BATCH - 1, ...IMAGE_SHAPE]) })),
    ).rejects.toThrow(
      "train: the transform's noise must be of shape [4,3,2,1] like its argument's, got [3,3,2,1]",
    );
    await expect(wrong(({ x0 }) => ({ x0: ndarray(x0.data, [BATCH, 2, 3, 1]) }))).rejects.toThrow(
      "train: the transform's x0 must be of shape [4,3,2,1] like its argument's, got [4,2,3,1]",
    );
  });
});
