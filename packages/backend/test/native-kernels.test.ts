import { hasKernel, selectBackend } from '@immiscible/backend';
import { expectNoLeak } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

const ours = ['ImmiscibleGroupNorm', 'ImmiscibleGroupNormGrad', 'ImmiscibleAdam'];
const selected = await selectBackend({ backend: 'native', kernels: true }).catch(() => undefined);
const run = (name: string, inputs: object, attributes: object) =>
  tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attributes as tf.NamedAttrMap) as tf.Tensor[];

describe.skipIf(!selected)('selectBackend on the native engine', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('takes our kernels where they are asked for', async () => {
    for (const [kernels, environment, wanted] of [
      [true, '', true],
      [undefined, '1', true],
      [undefined, '', false],
      [undefined, '0', false],
      [false, '1', false],
    ] as const) {
      vi.stubEnv('IMMISCIBLE_KERNELS', environment);
      const { kernels: names, reason } = await selectBackend({
        backend: 'native',
        ...(kernels === undefined ? {} : { kernels }),
      });
      expect(reason.includes('our kernels')).toBe(wanted);
      // One line says why not, where they could not be built.
      if (wanted) expect(names.length > 0).toBe(reason.endsWith('with our kernels'));
      else expect(names).toEqual([]);
      for (const name of ours) expect(hasKernel(name)).toBe(names.includes(name));
    }
  });

  it('refuses another word in the environment', async () => {
    vi.stubEnv('IMMISCIBLE_KERNELS', 'yes');
    await expect(selectBackend({ backend: 'native' })).rejects.toThrow(
      'IMMISCIBLE_KERNELS must be 0 or 1, got "yes"',
    );
  });
});

describe.skipIf(!selected?.kernels.length)('our kernels', () => {
  beforeAll(async () => {
    await selectBackend({ backend: 'native', kernels: true });
  });
  afterAll(async () => {
    await selectBackend({ kernels: false });
  });

  const norm = { groups: 2, epsilon: 1e-6, silu: true };
  const inputs = (shape: [number, number, number, number]) => ({
    x: tf.randomNormal<tf.Rank.R4>(shape, 0, 1, 'float32', 1),
    scale: tf.ones([shape[3]]),
    offset: tf.zeros([shape[3]]),
  });
  const statistics = (batch: number) => ({ mean: tf.zeros([batch, 2]), inverse: tf.ones([batch, 2]) });

  it('refuse shapes that do not fit, and read nothing', () => {
    tf.tidy(() => {
      const right = inputs([2, 3, 3, 4]);
      const grad = { ...right, ...statistics(2), dy: right.x };
      const cases: [name: string, inputs: object, message: RegExp][] = [
        ['ImmiscibleGroupNorm', { ...right, x: tf.ones([2, 3, 4]) }, /x must be \[B,H,W,C\]/],
        ['ImmiscibleGroupNorm', { ...right, x: tf.ones([2, 3, 3, 5]) }, /groups must divide/],
        ['ImmiscibleGroupNorm', { ...right, scale: tf.ones([3]) }, /scale and offset must be/],
        ['ImmiscibleGroupNorm', { ...right, offset: tf.ones([1, 4]) }, /scale and offset must be/],
        ['ImmiscibleGroupNorm', { ...right, shift: tf.ones([4]) }, /shift must be/],
        ['ImmiscibleGroupNormGrad', { ...grad, dy: tf.ones([2, 3, 3, 2]) }, /dz and addend must be like x/],
        ['ImmiscibleGroupNormGrad', { ...grad, addend: tf.ones([4]) }, /dz and addend must be like x/],
        ['ImmiscibleGroupNormGrad', { ...grad, mean: tf.ones([2, 1]) }, /mean and inverse must be/],
      ];
      for (const [name, given, message] of cases) expect(() => run(name, given, norm)).toThrow(message);
      const scalar = {
        scale: tf.scalar(1),
        spread: tf.scalar(1),
        epsilon: tf.scalar(0),
        decay: tf.scalar(0),
      };
      const adam = {
        gradients: [tf.ones([3])],
        weights: [tf.ones([3])],
        m: tf.ones([3]),
        v: tf.ones([3]),
        ...scalar,
      };
      const how = { maxNorm: 0, beta1: 0, beta2: 0, decays: false };
      expect(() => run('ImmiscibleAdam', { ...adam, m: tf.ones([2]) }, how)).toThrow(/as many elements/);
      expect(() => run('ImmiscibleAdam', { ...adam, weights: [tf.ones([2])] }, how)).toThrow(/like weights/);
      expect(() => run('ImmiscibleAdam', { ...adam, decay: tf.ones([2]) }, how)).toThrow(/must be scalars/);
    });
  });

  it('give the same bits each time, and leave their inputs as they are', () => {
    tf.tidy(() => {
      const given = inputs([3, 9, 9, 20]);
      const before = given.x.dataSync().slice();
      const all = () => {
        const [y, mean, inverse] = run('ImmiscibleGroupNorm', given, norm);
        const back = run('ImmiscibleGroupNormGrad', { ...given, dy: y, mean, inverse }, norm);
        return [y, mean, inverse, ...back].map((tensor) => [...tensor!.dataSync()]);
      };
      const first = all();
      for (let k = 0; k < 5; k++) expect(all()).toEqual(first);
      expect(given.x.dataSync()).toEqual(before);
    });
  });

  it('take memory that starts at an odd address', () => {
    tf.tidy(() => {
      const values = Float32Array.from({ length: 2 * 9 * 4 + 1 }, (_, i) => Math.sin(i));
      const shape: [number, number, number, number] = [2, 3, 3, 4];
      const { scale, offset } = inputs(shape);
      const [odd] = run(
        'ImmiscibleGroupNorm',
        { x: tf.tensor4d(values.subarray(1), shape), scale, offset },
        norm,
      );
      const [even] = run(
        'ImmiscibleGroupNorm',
        { x: tf.tensor4d(values.slice(1), shape), scale, offset },
        norm,
      );
      expect([...odd!.dataSync()]).toEqual([...even!.dataSync()]);
    });
  });

  it('leave nothing behind', async () => {
    const given = inputs([2, 3, 3, 4]);
    await expectNoLeak(() => run('ImmiscibleGroupNorm', given, norm));
    tf.dispose(given);
  });

  it('run 10,000 times without growing', () => {
    const given = inputs([2, 4, 4, 8]);
    const steps = (count: number) => {
      for (let k = 0; k < count; k++) tf.dispose(run('ImmiscibleGroupNorm', given, norm));
      return process.memoryUsage().rss;
    };
    const before = steps(1000);
    expect(steps(10_000) - before).toBeLessThan(32 * 2 ** 20);
    tf.dispose(given);
  });
});
