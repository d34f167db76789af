import { type Batch, createRng } from '@immiscible/core';
import hungarian from 'hungarian-on3';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import * as coupling from '../src/index.js';
import { gaussianBatch } from '@immiscible/testing/host';

const rng = createRng(0);
const batch = gaussianBatch(createRng(1), { count: 6, shape: [2, 2, 1], classes: 2 });
const make = coupling as unknown as Record<string, (...args: unknown[]) => never>;
const apply = async (transform: unknown, given: unknown = batch, stream: unknown = rng) =>
  (transform as (batch: unknown, rng: unknown) => Promise<Batch>)(given, stream);

describe('what callers without a type checker get wrong is named', () => {
  test.each([
    [
      'linearAssignment',
      [{ costs: 'l2' }],
      'linearAssignment: options has no key "costs"; did you mean "cost"?',
    ],
    [
      'linearAssignment',
      [{ cost: 'L2' }],
      'cost must be "l2", "squaredL2", "quantized" or a function, got L2',
    ],
    ['linearAssignment', [{ solver: 'auction' }], 'solver must be a function such as jonkerVolgenant'],
    ['flippedAssignment', [{ pools: 3 }], 'did you mean "pool"?'],
    ['nearestNoise', [8], 'nearestNoise: options must be an object, got a number; its keys are candidates'],
    ['nearestNoise', [{ candidates: 2, k: 8 }], 'options has no key "k"'],
    ['sinkhornCoupling', [{ eps: 1 }], 'did you mean "epsilon"?'],
    ['quantizedL2', [{ factor: 1 }], 'quantizedL2: options has no key "factor"; its keys are scale'],
    ['rollingAssignment', [{ size: 4, arrivals: 2, pool: 8, batch: 3 }], 'options has no key "batch"'],
    ['rollAssignment', [undefined, batch, { size: 8, pool: 3 }], 'options has no key "pool"'],
    ['rollAssignment', [batch, batch, { size: 8 }], 'pool must be undefined or the pool of the last call'],
    ['chain', [coupling.independent(), 3], 'chain: transforms[1] must be a batch transform such as'],
    ['withinClasses', ['linearAssignment'], 'withinClasses: transform must be a batch transform such as'],
    ['coupledWhere', [{}, () => true], 'coupledWhere: objective must be an objective such as'],
    ['coupledWhere', [{ prepare: () => ({}) }, 0.5], 'coupledWhere: where must be a function'],
    ['meanDistance', [undefined], 'meanDistance: batch must be { x0, noise }, got undefined'],
    ['noiseMoments', [batch.x0], 'noiseMoments: x0 must be an NdArray'],
  ])('%s(%j)', (name, args, message) => {
    expect(() => make[name]!(...args)).toThrow(message);
  });

  test.each([
    [
      'a tensor',
      { dataSync: () => 0, shape: [6, 4] },
      'x0 must be an NdArray on a typed array, got a tensor',
    ],
    ['nested arrays', [[1, 2]], 'x0 must be an NdArray on a typed array, got a plain array'],
    ['float64', ndarray(new Float64Array(24), [6, 2, 2, 1]), 'x0 must be float32, got Float64Array'],
    [
      'a shape beyond the data',
      ndarray(new Float32Array(3), [6, 2, 2, 1]),
      'x0 must be within its data of 3 numbers',
    ],
  ])('images that are %s', async (_, x0, message) => {
    const given = { ...batch, x0 };
    for (const transform of [
      coupling.linearAssignment(),
      coupling.nearestNoise({ candidates: 2 }),
      coupling.sinkhornCoupling(),
      coupling.withinClasses(coupling.independent()),
      coupling.rollingAssignment({ size: 4, arrivals: 2, pool: 4 }),
    ])
      await expect(apply(transform, given)).rejects.toThrow(message);
    expect(() => coupling.meanDistance(given as never)).toThrow(message);
  });

  test('labels that are none', async () => {
    const within = coupling.withinClasses(coupling.linearAssignment());
    const labeled = (labels: unknown) => apply(within, { ...batch, labels });
    await expect(labeled(undefined)).rejects.toThrow('withinClasses: labels must be given, got none');
    await expect(labeled(null)).rejects.toThrow(
      'labels must be an Int32Array, one number an image, got null',
    );
    await expect(labeled(Int32Array.of(1, 2))).rejects.toThrow('labels must be 6 numbers, one per image');
    await expect(labeled(Int32Array.of(0, 1, -2, 0, 0, 0))).rejects.toThrow(
      'labels[2] must be a class index of 0 or more, or -1 for no class, got -2',
    );
    await expect(labeled(Float32Array.of(0, 1, 0.5, 0, 0, 0))).rejects.toThrow(
      'labels[2] must be a class index',
    );
    await expect(labeled([0, 1, undefined, 0, 0, 0])).rejects.toThrow('labels[2] must be a class index');
  });

  test('no stream of random numbers', async () => {
    const message = 'rng must be an Rng, got undefined; createRng(seed)';
    await expect(apply(coupling.nearestNoise({ candidates: 2 }), batch, null)).rejects.toThrow('got null');
    await expect(apply(coupling.sinkhornCoupling(), batch, {})).rejects.toThrow('rng must be an Rng');
    const independent = coupling.independent();
    await expect(coupling.describeCoupling(independent, [batch], undefined as never)).rejects.toThrow(
      message,
    );
    await expect(coupling.miscibility(independent, batch, undefined as never, { rounds: 2 })).rejects.toThrow(
      message,
    );
  });

  test('transforms that were not made, solvers and costs that return something else', async () => {
    const within = coupling.withinClasses(coupling.linearAssignment as never);
    await expect(apply(within)).rejects.toThrow(
      /options has no key "x0"|linearAssignment\(\) is a transform/,
    );
    const foreign = coupling.linearAssignment({ solver: hungarian as never });
    await expect(apply(foreign)).rejects.toThrow(/hungarianOn3\(hungarian\)|undefined/);
    const nothing = coupling.linearAssignment({ solver: () => [[0, 0]] as never });
    await expect(apply(nothing)).rejects.toThrow('needs an adapter such as hungarianOn3(hungarian)'.slice(6));
    const cost = coupling.linearAssignment({ cost: () => [[1]] as never });
    await expect(apply(cost)).rejects.toThrow('linearAssignment: cost must return an NdArray, got [[1]]');
    await expect(coupling.describeCoupling(coupling.independent(), batch as never, rng)).rejects.toThrow(
      'batches must be an array or an iterable of batches',
    );
  });
});

describe('images without a class', () => {
  test('keep their noises among themselves, and count in no class', async () => {
    const labels = Int32Array.of(-1, 0, -1, 0, -1, 0);
    const given = { ...batch, labels };
    const after = await apply(coupling.withinClasses(coupling.linearAssignment()), given);
    const rows = (b: Batch, label: number) =>
      [...labels.keys()]
        .filter((i) => labels[i] === label)
        .map((i) => b.noise.data.slice(4 * i, 4 * i + 4).join())
        .sort();
    for (const label of [-1, 0]) expect(rows(after, label)).toEqual(rows(given, label));
    const { classes, images } = await coupling.describeCoupling(coupling.independent(), [given], rng);
    expect(classes.map(({ label }) => label)).toEqual([0]);
    expect(images).toBe(6);
  });
});
