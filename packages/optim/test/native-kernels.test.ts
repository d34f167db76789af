import { selectBackend } from '@immiscible/backend';
import type { GradientTransformation, Params } from '@immiscible/core/tensors';
import { createRng, treeLeaves } from '@immiscible/core';
import { expectNoLeak } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { adam, adamW, applyUpdates, chain, clipByGlobalNorm, flatten, rAdam } from '../src/index.js';

const { kernels } = await selectBackend({ kernels: true });
const use = (kernels: boolean) => selectBackend({ backend: 'native', kernels });

const SHAPES = { b: [3, 5, 7], a: [1], c: [40, 1000], empty: [0, 4] } as Record<string, number[]>;

/** Parameters of one size for each step. */
function draws(seed: number, scale: number): Params {
  return Object.fromEntries(
    Object.entries(SHAPES).map(([name, shape]) => {
      const count = shape.reduce((product, n) => product * n, 1);
      const values = createRng(seed).split(name).fillNormal(new Float32Array(count));
      return [
        name,
        tf.tensor(
          values.map((v) => scale * v),
          shape,
        ),
      ];
    }),
  );
}

/** Weights and state after some steps, as bits. */
function train(optimizer: GradientTransformation, scales: readonly number[]): number[][] {
  return tf.tidy(() => {
    let params = draws(0, 1);
    let state = optimizer.init(params);
    scales.forEach((scale, step) => {
      const scalars = Object.entries(optimizer.scalars(step)).map(([name, x]) => [name, tf.scalar(x)]);
      const next = optimizer.update(draws(step + 1, scale), state, params, Object.fromEntries(scalars));
      params = applyUpdates(params, next.updates);
      state = next.state;
    });
    const all = [...treeLeaves<tf.Tensor>(params), ...treeLeaves<tf.Tensor>(state)];
    return all.map((tensor) => [...tensor.dataSync()]);
  });
}

const kinds: Record<string, () => GradientTransformation> = {
  adam: () => adam({ learningRate: 0.01 }),
  adamW: () => adamW({ learningRate: 0.01, weightDecay: 0.1 }),
  rAdam: () => rAdam({ learningRate: 0.01 }),
};

describe.skipIf(!kernels.includes('ImmiscibleAdam'))('a flattened optimizer by our kernel', () => {
  afterAll(async () => {
    await selectBackend({ kernels: false });
  });

  describe.each(Object.keys(kinds))('%s', (kind) => {
    it.each([
      ['alone', (make: () => GradientTransformation) => flatten(make())],
      [
        'below the norm of clipping',
        (make: () => GradientTransformation) => flatten(chain(clipByGlobalNorm(1e6), make())),
      ],
    ])('%s has the bits of the composite', async (_, wrap) => {
      const scales = [1, 1e-3, 30, 1, 1e-8, 1, 1];
      await use(true);
      const ours = train(wrap(kinds[kind]!) as GradientTransformation, scales);
      await use(false);
      expect(ours).toEqual(train(wrap(kinds[kind]!) as GradientTransformation, scales));
    });

    it('clipped is the composite within rounding', async () => {
      const make = () => flatten(chain(clipByGlobalNorm(1), kinds[kind]!())) as GradientTransformation;
      const scales = [1, 1e-3, 30, 1];
      await use(true);
      const ours = train(make(), scales);
      expect(train(make(), scales)).toEqual(ours);
      await use(false);
      const composite = train(make(), scales);
      composite.forEach((expected, i) => {
        const largest = Math.max(1e-30, ...expected.map(Math.abs));
        expect(ours[i], `${i}`).toBeAllClose(expected, { atol: 2e-6 * largest });
      });
    });
  });

  it('makes all NaN where a gradient is, as the composite', async () => {
    const make = () =>
      flatten(chain(clipByGlobalNorm(1), adam({ learningRate: 1 }))) as GradientTransformation;
    for (const bad of [NaN, Infinity]) {
      const results = [];
      for (const kernels of [true, false]) {
        await use(kernels);
        const scales = [bad];
        results.push(
          train(make(), scales).map((values) => values.map((v) => (Number.isNaN(v) ? 'NaN' : 'number'))),
        );
      }
      expect(results[0]).toEqual(results[1]);
      expect(results[0]!.flat()).toContain('NaN');
    }
  });

  it('is that of torch.optim in float64 (test/fixtures/optimizers.py)', async () => {
    await use(true);
    const fixture = JSON.parse(readFileSync(new URL('./fixtures/optimizers.json', import.meta.url), 'utf8'));
    const toParams = (values: Record<string, number[]>): Params =>
      Object.fromEntries(
        Object.entries(values).map(([name, v]) => [name, tf.tensor(v, fixture.shapes[name])]),
      );
    tf.tidy(() => {
      const optimizer = flatten(adam({ learningRate: 0.01 }));
      let params = toParams(fixture.initial);
      let state = optimizer.init(params);
      fixture.gradients.forEach((gradient: Record<string, number[]>, step: number) => {
        const scalars = Object.entries(optimizer.scalars(step)).map(([name, x]) => [name, tf.scalar(x)]);
        const next = optimizer.update(toParams(gradient), state, params, Object.fromEntries(scalars));
        for (const [name, expected] of Object.entries(fixture.updates.adam[step]))
          expect([...next.updates[name]!.dataSync()]).toBeAllClose(expected as number[], {
            rtol: 1e-4,
            atol: 1e-7,
          });
        params = applyUpdates(params, next.updates);
        state = next.state;
      });
    });
  });

  it('leaves nothing behind', async () => {
    await use(true);
    const optimizer = flatten(chain(clipByGlobalNorm(1), adam({ learningRate: 1 })));
    const params = draws(0, 1);
    const state = optimizer.init(params);
    const scalars = Object.fromEntries(
      Object.entries(optimizer.scalars(0)).map(([name, x]) => [name, tf.scalar(x)]),
    );
    await expectNoLeak(
      () => optimizer.update(params, state, params, scalars) as unknown as tf.TensorContainer,
    );
    tf.dispose([params, state, scalars] as unknown as tf.TensorContainer);
  });
});
