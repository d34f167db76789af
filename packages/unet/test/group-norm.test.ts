import { selectBackend } from '@immiscible/backend';
import { availableBackends, expectNoLeak } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { groupNorm } from '../src/index.js';
import { wave } from './wave.js';

interface Case {
  shape: [number, number, number, number];
  groups: number;
  silu: boolean;
  shifted: boolean;
  mean: number;
  output: number[];
  gradients: Record<string, number[]>;
}

const cases = JSON.parse(
  readFileSync(new URL('./fixtures/group-norm.json', import.meta.url), 'utf8'),
) as Case[];
const backends: { name: string; backend: 'native' | 'wasm' | 'cpu'; kernels: boolean }[] = (
  await availableBackends(selectBackend)
).map((backend) => ({ name: backend, backend, kernels: false }));
const { kernels } = await selectBackend({ kernels: true });
if (kernels.includes('ImmiscibleGroupNorm'))
  backends.push({ name: 'native with our kernels', backend: 'native', kernels: true });

/** The inputs of group-norm.py. */
function inputsOf({ shape, shifted, mean }: Case): tf.Tensor[] {
  const [batch, , , channels] = shape;
  return [
    tf.tensor4d(
      wave(shape, 0.1).map((value) => value + mean),
      shape,
    ),
    tf.tensor1d(wave([channels], 0.2).map((value) => 1 + 0.5 * value)),
    tf.tensor1d(wave([channels], 0.3).map((value) => 0.5 * value)),
    ...(shifted
      ? [
          tf.tensor2d(
            wave([batch, channels], 0.4).map((value) => 2 * value),
            [batch, channels],
          ),
        ]
      : []),
  ];
}

const apply = ({ groups, silu }: Case, inputs: tf.Tensor[]) => {
  const [x, scale, offset, shift] = inputs as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.Tensor2D?];
  return groupNorm(x, scale, offset, { groups, epsilon: 1e-6, silu, ...(shift && { shift }) });
};

describe.each(backends)('group norm on $name', ({ backend, kernels }) => {
  beforeAll(async () => {
    await selectBackend({ backend, kernels });
  });

  describe.each(cases)('of $shape in $groups groups, silu $silu, shifted $shifted, mean $mean', (fixture) => {
    // At a mean of 100, x itself has lost two digits.
    const tolerance = fixture.mean > 0 ? 2e-3 : 1e-5;

    it('is that of torch in float64', () => {
      tf.tidy(() => {
        const y = apply(fixture, inputsOf(fixture));
        expect(y.shape).toEqual(fixture.shape);
        expect([...y.dataSync()]).toBeAllClose(fixture.output, { atol: tolerance });
      });
    });

    it('has the gradients of torch in float64', () => {
      tf.tidy(() => {
        const weights = tf.tensor4d(wave(fixture.shape, 0.5), fixture.shape);
        const loss = (...inputs: tf.Tensor[]): tf.Scalar => tf.sum(tf.mul(apply(fixture, inputs), weights));
        const gradients = tf.grads(loss)(inputsOf(fixture));
        expect(gradients).toHaveLength(Object.keys(fixture.gradients).length);
        ['x', 'scale', 'offset', 'shift'].slice(0, gradients.length).forEach((name, i) => {
          const expected = fixture.gradients[name]!;
          const largest = Math.max(...expected.map(Math.abs), 1);
          expect([...gradients[i]!.dataSync()], name).toBeAllClose(expected, { atol: tolerance * largest });
        });
      });
    });
  });

  it('refuses an option that it lacks', () => {
    const [x, scale] = [tf.zeros([1, 2, 2, 4]) as tf.Tensor4D, tf.ones([4]) as tf.Tensor1D];
    const options = { groups: 2, epsilon: 1e-6, silu: false, group: 2 };
    expect(() => groupNorm(x, scale, scale, options)).toThrow(
      'groupNorm: options has no key "group"; did you mean "groups"?',
    );
    tf.dispose([x, scale]);
  });

  it('leaks nothing, forward or backward', async () => {
    for (const fixture of cases.slice(0, 4)) {
      const inputs = inputsOf(fixture);
      await expectNoLeak(() => apply(fixture, inputs));
      await expectNoLeak(() =>
        tf.grads((...xs: tf.Tensor[]): tf.Scalar => tf.sum(apply(fixture, xs)))(inputs),
      );
      tf.dispose(inputs);
    }
  });
});
