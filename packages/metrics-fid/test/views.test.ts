import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import {
  fashionFeatures,
  type Features,
  frechetInfinity,
  imageStatistics,
  inceptionFeatures,
  inceptionScore,
  kernelDistance,
  manifoldMetrics,
  memorization,
  mongeDistance,
  pathLength,
  randomFeatures,
  statistics,
  valueFeatures,
} from '@immiscible/metrics-fid';
import { compareFeatures } from '@immiscible/metrics-fid/node';
import { availableBackends } from '@immiscible/testing';
import ndarray, { type NdArray } from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';
import { fixtureTensors, uniform } from './inception-fixture.js';

type Layout = [string, NdArray<Float32Array>];

/** The same numbers in four layouts. */
function layouts(shape: number[], seed: number): Layout[] {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = uniform(seed, size).map((value) => 2 * value - 1);
  const plain = ndarray(Float32Array.from(values), shape);
  const like = (view: NdArray<Float32Array>) => {
    const index = shape.map(() => 0);
    for (let i = 0; i < size; i++) {
      view.set(...index, plain.get(...index));
      for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
    }
    return view;
  };
  const reversed = shape.map((_, axis) => shape.length - 1 - axis);
  const wider = shape.map((length) => length + 3);
  const room = (of: number[]) => new Float32Array(of.reduce((a, b) => a * b, 1)).fill(NaN);
  const turned = [...shape].reverse();
  const twice = shape.map((length) => 2 * length);
  return [
    ['plain', plain],
    ['transposed', like(ndarray(room(turned), turned).transpose(...reversed))],
    [
      'cropped',
      like(
        ndarray(room(wider), wider)
          .lo(...shape.map(() => 2))
          .hi(...shape),
      ),
    ],
    ['backwards by two', like(ndarray(room(twice), twice).step(...shape.map(() => -2)))],
  ];
}

const options = { rng: createRng(1) };
const rng = () => createRng(1);
const other = layouts([30, 5], 2)[0]![1];
const ofFeatures: Record<string, (x: Features) => unknown> = {
  'statistics().update': (x) => statistics(5).update(x).finish(),
  'kernelDistance, real': (x) => kernelDistance(x, other, { rng: rng(), subsets: 2, subsetSize: 9 }),
  'kernelDistance, generated': (x) => kernelDistance(other, x, { rng: rng(), subsets: 2, subsetSize: 9 }),
  manifoldMetrics: (x) => [manifoldMetrics(x, other), manifoldMetrics(other, x)],
  memorization: (x) => [memorization(x, other), memorization(other, x)],
  mongeDistance: (x) => mongeDistance(x, other, { rng: rng(), projections: 4 }),
  frechetInfinity: (x) =>
    frechetInfinity(statistics(5).update(other).finish(), x, { rng: rng(), points: 3, smallest: 9 }),
  inceptionScore: (x) => inceptionScore(x),
};

const inception = inceptionFeatures(
  fixtureTensors().set('fc.weight', { shape: [1008, 2048], data: new Float32Array(1008 * 2048).fill(0.01) }),
  '0'.repeat(64),
  { layer: 64 },
);
const generator = {
  extractor: valueFeatures({ rows: 1, columns: 1 }),
  ...{ size: 12, samples: 2, epsilon: 0.1, keep: [0, 100] as const, batchSize: 1 },
};
const ofImages: Record<string, [number[], (x: NdArray<Float32Array>) => Promise<unknown>]> = {
  'fashionFeatures().extract': [[2, 9, 11, 1], (x) => fashionFeatures().extract(x)],
  'randomFeatures().extract': [[2, 9, 11, 3], (x) => randomFeatures().extract(x)],
  'valueFeatures().extract': [[2, 9, 11, 3], (x) => valueFeatures().extract(x)],
  imageStatistics: [[3, 4, 5, 1], (x) => imageStatistics(raw, x)],
  'inceptionFeatures().extract': [[1, 3, 4, 3], (x) => inception.extract(x)],
  'inceptionFeatures().extractEach': [[3, 4, 3], (x) => inception.extractEach([x])],
  'inceptionFeatures().extractLayers': [[3, 4, 3], (x) => inception.extractLayers([x], [64])],
  'inceptionFeatures().logits': [[2, 2048], (x) => inception.logits(x)],
  'pathLength, what its generator gives': [
    [2, 2, 2, 3],
    (x) => pathLength({ ...generator, generate: async () => x, rng: rng() }),
  ],
};
/** An extractor that reads as it was promised it may: contiguous. */
const raw = {
  id: 'raw@1',
  dimensions: 20,
  extract: async ({ data, shape, offset }: NdArray<Float32Array>) => {
    const count = shape[0] as number;
    return ndarray(data.slice(offset, offset + count * 20), [count, 20]);
  },
};

beforeAll(async () => {
  const names = await availableBackends(selectBackend);
  const backend = (['native', 'wasm', 'cpu'] as const).find((name) => names.includes(name));
  await selectBackend(backend ? { backend } : {});
});

const wrong: [string, unknown, string][] = [
  ['a tensor', { shape: [30, 5], dtype: 'float32', dataSync: () => [] }, 'a tensor'],
  ['nested arrays', [[1, 2]], 'a plain array'],
  ['a bare typed array', new Float32Array(4), 'a bare Float32Array'],
  ['null', null, 'null'],
];

describe.each(Object.entries(ofFeatures))('%s', (_, run) => {
  const [[, plain], ...views] = layouts([30, 5], 1) as [Layout, ...Layout[]];

  it.each(views)('takes features that are %s', (__, view) => expect(run(view)).toEqual(run(plain)));

  it.each(wrong)('names what it got instead: %s', (__, value, message) => {
    expect(() => run(value as never)).toThrow(TypeError);
    expect(() => run(value as never)).toThrow(`must be an NdArray on a typed array, got ${message}`);
  });
});

describe.each(Object.entries(ofImages))('%s', (_, [shape, run]) => {
  it('takes images that are transposed, cropped or backwards', async () => {
    const [[, plain], ...views] = layouts(shape, 1) as [Layout, ...Layout[]];
    const expected = await run(plain);
    for (const [, view] of views) expect(await run(view)).toEqual(expected);
  }, 60_000);

  it.each(wrong)('names what it got instead: %s', async (__, value, message) => {
    const found = run(value as never);
    await expect(found).rejects.toThrow(TypeError);
    await expect(run(value as never)).rejects.toThrow(`an NdArray on a typed array, got ${message}`);
  });
});

describe('options that there are not', () => {
  const x = layouts([30, 5], 1)[0]![1];
  const reference = statistics(5).update(x).finish();
  it.each<[string, () => unknown, string]>([
    ['kernelDistance', () => kernelDistance(x, x, { ...options, subsetsize: 3 } as never), 'subsetSize'],
    ['kernelDistance', () => kernelDistance(x, x, { ...options, kernel: { degre: 3 } } as never), 'degree'],
    ['manifoldMetrics', () => manifoldMetrics(x, x, { K: 3 } as never), 'k'],
    ['memorization', () => memorization(x, x, { treshold: 3 } as never), 'threshold'],
    ['mongeDistance', () => mongeDistance(x, x, { ...options, projection: 3 } as never), 'projections'],
    ['frechetInfinity', () => frechetInfinity(reference, x, { ...options, point: 3 } as never), 'points'],
    ['inceptionScore', () => inceptionScore(x, { split: 3 } as never), 'splits'],
    ['fashionFeatures', () => fashionFeatures({ batchsize: 3 } as never), 'batchSize'],
    ['valueFeatures', () => valueFeatures({ column: 3 } as never), 'columns'],
    ['inceptionFeatures', () => inceptionFeatures(new Map(), '', { modes: 3 } as never), 'mode'],
  ])('are refused by %s, with the nearest name', (fn, run, nearest) => {
    expect(run).toThrow(new RegExp(`^${fn}: .* has no key ".*"; did you mean "${nearest}"\\?$`));
  });

  it('are refused by pathLength and bootstrapInterval', async () => {
    const { bootstrapInterval } = await import('@immiscible/metrics-fid');
    expect(() => bootstrapInterval(3, () => 0, { ...options, replicate: 3 } as never)).toThrow('replicates');
    await expect(pathLength({ ...options, sample: 3 } as never)).rejects.toThrow('samples');
  });

  it('are refused by compareFeatures', async () => {
    const found = compareFeatures(['a', 'b'], reference, reference, { metrics: [], seeds: 1 } as never);
    await expect(found).rejects.toThrow('compareFeatures: options has no key "seeds"; did you mean "seed"?');
  });
});
