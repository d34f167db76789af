import { type Batch, type BatchTransform, createRng } from '@immiscible/core';
import { pairwiseDistance } from '@immiscible/assignment';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, test } from 'vitest';
import {
  chain,
  coupledWhere,
  describeCoupling,
  distanceDrop,
  flippedAssignment,
  imageScaling,
  independent,
  linearAssignment,
  meanDistance,
  miscibility,
  nearestNoise,
  noiseMoments,
  quantizedL2,
  rollAssignment,
  rollingAssignment,
  sinkhornCoupling,
  withinClasses,
} from '../src/index.js';

type Images = NdArray<Float32Array>;
const COUNT = 10;

/** What a view shows, as an array of its own. */
function copied(view: Images): Images {
  const copy = ndarray(new Float32Array(view.size), [...view.shape]);
  const [n, h, w, c] = view.shape as [number, number, number, number];
  for (let i = 0; i < n; i++)
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++) for (let k = 0; k < c; k++) copy.set(i, y, x, k, view.get(i, y, x, k));
  return copy;
}

/** Views of `[10,4,3,2]` on larger or turned arrays. */
const VIEWS: Record<string, (draw: (...shape: number[]) => Images) => Images> = {
  cropped: (draw) => draw(12, 6, 5, 2).lo(1, 1, 2, 0).hi(COUNT, 4, 3, 2),
  transposed: (draw) => draw(COUNT, 2, 4, 3).transpose(0, 2, 3, 1),
  'every second': (draw) => draw(2 * COUNT, 4, 3, 2).step(2, 1, 1, 1),
  mirrored: (draw) => draw(COUNT, 4, 3, 2).step(1, 1, -1, 1),
  'in reverse order': (draw) => draw(COUNT, 4, 3, 2).step(-1, 1, 1, 1),
  'at an offset': (draw) => draw(COUNT + 3, 4, 3, 2).lo(3, 0, 0, 0),
};

describe.each(Object.entries(VIEWS))('views that are %s are what they show', (_, view) => {
  const batches = (): { viewed: Batch; copy: Batch } => {
    const rng = createRng(5);
    const draw = (...shape: number[]) =>
      ndarray(rng.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))), shape);
    const labels = Int32Array.from({ length: COUNT }, (_, i) => (i % 3) - 1);
    const [x0, noise] = [view(draw), view(draw)];
    return { viewed: { x0, noise, labels }, copy: { x0: copied(x0), noise: copied(noise), labels } };
  };

  const transforms: Record<string, () => BatchTransform> = {
    independent,
    linearAssignment: () => linearAssignment(),
    quantized: () => linearAssignment({ cost: quantizedL2({ scale: 1 }) }),
    flippedAssignment: () => flippedAssignment(),
    'nearestNoise, 1': () => nearestNoise({ candidates: 1 }),
    'nearestNoise, 4': () => nearestNoise({ candidates: 4 }),
    sinkhornCoupling: () => sinkhornCoupling(),
    rollingAssignment: () => rollingAssignment({ size: 5, arrivals: 2, pool: 6 }),
    withinClasses: () => withinClasses(linearAssignment()),
    chain: () => chain(independent(), linearAssignment(), nearestNoise({ candidates: 2 })),
  };
  test.each(Object.entries(transforms))('to %s', async (_, make) => {
    const { viewed, copy } = batches();
    const [a, b] = [await make()(viewed, createRng(1)), await make()(copy, createRng(1))];
    expect(copied(a.noise).data).toEqual(copied(b.noise).data);
    expect(copied(a.x0).data).toEqual(copy.x0.data);
    expect(copied(viewed.noise).data).toEqual(copy.noise.data);
  });

  test('to all that measures', async () => {
    const { viewed, copy } = batches();
    expect(meanDistance(viewed)).toBe(meanDistance(copy));
    expect(noiseMoments(viewed)).toEqual(noiseMoments(copy));
    expect(distanceDrop(viewed, copy)).toBe(0);
    const described = (batch: Batch) => describeCoupling(linearAssignment(), [batch], createRng(2));
    expect(await described(viewed)).toEqual(await described(copy));
    const mixed = ({ x0 }: Batch) => miscibility(linearAssignment(), { x0 }, createRng(3), { rounds: 5 });
    expect(await mixed(viewed)).toEqual(await mixed(copy));
  });

  test('to a rolling pool, image scaling, costs and objectives', async () => {
    const { viewed, copy } = batches();
    const rolled = (batch: Batch) => {
      const { pool } = rollAssignment(undefined, batch, { size: 12 });
      return rollAssignment(pool, batch, { size: 12 });
    };
    expect(rolled(viewed)).toEqual(rolled(copy));

    const scaling = imageScaling(2);
    expect(scaling.samples(viewed.x0)).toEqual(scaling.samples(copy.x0));
    const source = (batch: Batch) =>
      scaling.images({ batchSize: COUNT, imageShape: [4, 3, 2], at: () => ({ x0: batch.x0 }) }).at(0);
    expect(await source(viewed)).toEqual(await source(copy));

    const quantized = ({ x0, noise }: Batch) => quantizedL2({ scale: 1 })(x0, noise);
    expect(quantized(viewed)).toEqual(quantized(copy));

    const objective = coupledWhere(
      { prepare: ({ noise }: Batch, _rng: unknown, _step: number) => copied(noise).data },
      (_, image) => image % 2 === 0,
    );
    expect(objective.prepare(viewed, createRng(4), 0)).toEqual(objective.prepare(copy, createRng(4), 0));
  });
});

test('a cost that is a view is read as it shows', async () => {
  const rng = createRng(6);
  const draw = () => ndarray(rng.fillNormal(new Float32Array(8 * 5)), [8, 5]);
  const batch = { x0: draw(), noise: draw() };
  const straight = { cost: (x: Images, n: Images) => pairwiseDistance(x, n) };
  // The same numbers, laid out by columns.
  const turned = { cost: (x: Images, n: Images) => pairwiseDistance(n, x).transpose(1, 0) };
  for (const make of [linearAssignment, sinkhornCoupling]) {
    const noises = [straight, turned].map(
      async (options) => (await make(options)(batch, createRng(0))).noise.data,
    );
    const [a, b] = await Promise.all(noises);
    expect(a).toEqual(b);
  }
  const [a, b] = [straight, turned].map((options) => {
    const { pool } = rollAssignment(undefined, batch, { size: 16, ...options });
    return rollAssignment(pool, batch, { size: 16, ...options }).batch.noise.data;
  });
  expect(a).toEqual(b);
});
