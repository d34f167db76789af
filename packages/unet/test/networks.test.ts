import { selectBackend } from '@immiscible/backend';
import type { Params } from '@immiscible/core/tensors';
import { availableBackends, expectNoLeak } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { countParams, unet, type UnetConfig } from '../src/index.js';
import { wave } from './wave.js';

interface Case {
  config: UnetConfig;
  imageShape: [number, number, number, number];
  time: number[];
  labels: number[] | null;
  parameters: number;
  output: number[];
  inputGradient: number[];
  gradients: Record<string, number[]>;
  shapes: Record<string, number[]>;
  /** Of gradients, relative to the largest. */
  tolerance: number;
}

function casesOf(file: string, tolerance: number): Record<string, Case> {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  const { cases } = JSON.parse(text) as { cases: Record<string, Omit<Case, 'tolerance'>> };
  return Object.fromEntries(
    Object.entries(cases).map(([name, fixture]) => [name, { ...fixture, tolerance }]),
  );
}
/** Of diffusers, and of a small implementation in torch from the papers of the networks that diffusers lacks. */
const cases = {
  ...casesOf('./fixtures/networks.json', 1e-4),
  // Deeper ones, in which float32 loses more.
  ...casesOf('./fixtures/networks-plus.json', 3e-4),
};

const size = (shape: readonly number[]) => shape.reduce((count, length) => count * length, 1);

function weightsOf({ shapes }: Case): Params {
  const params: Record<string, tf.Tensor> = {};
  Object.entries(shapes).forEach(([name, shape], index) => {
    const values = wave(shape, index);
    const value = (v: number) =>
      name.endsWith('.bias')
        ? 0.3 * v
        : name.includes('norm')
          ? 1 + 0.3 * v
          : name === 'label.weight'
            ? v
            : v / Math.sqrt(size(shape.slice(0, -1)) / 2);
    params[name] = tf.tensor(values.map(value), shape);
  });
  return params;
}

/** The largest difference of a gradient from its summary, relative to the summary's largest number. */
function summaryError(gradient: tf.Tensor, expected: readonly number[]): number {
  const values = [...gradient.dataSync()];
  const weights = wave(gradient.shape, 0.2);
  const ours = [values.reduce((sum, value, i) => sum + value * weights[i]!, 0), ...values.slice(0, 6)];
  expect(ours).toHaveLength(expected.length);
  const scale = Math.max(...expected.map(Math.abs), 1e-3);
  return Math.max(...ours.map((value, i) => Math.abs(value - expected[i]!))) / scale;
}

const backends = await availableBackends(selectBackend);
const named = backends.flatMap((backend) =>
  Object.entries(cases).map(([name, fixture]) => ({ backend, name, fixture })),
);

describe.each(named)('on $backend, a network with $name, against torch', ({ backend, fixture }) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  const model = unet(fixture.config);
  const inputs = () => ({
    x: tf.tensor4d(wave(fixture.imageShape, 0.5), fixture.imageShape),
    time: tf.tensor1d(fixture.time),
    options: fixture.labels ? { labels: tf.tensor1d(fixture.labels, 'int32') } : {},
  });

  it('has the same parameters', () => {
    expect(model.shapes).toEqual(fixture.shapes);
    const params = weightsOf(fixture);
    expect(countParams(params)).toBe(fixture.parameters);
    tf.dispose(params as tf.NamedTensorMap);
  });

  it('has the same output within 1e-5', () => {
    tf.tidy(() => {
      const { x, time, options } = inputs();
      const output = model.apply(weightsOf(fixture), x, time, options);
      expect(output.size).toBe(fixture.output.length);
      const values = output.dataSync();
      const worst = Math.max(...fixture.output.map((value, i) => Math.abs(values[i]! - value)));
      expect(worst).toBeLessThan(1e-5);
    });
  });

  it('has the same gradients, of every parameter and of the image', () => {
    tf.tidy(() => {
      const params = weightsOf(fixture);
      const { x, time, options } = inputs();
      const names = Object.keys(params);
      const shape = [...fixture.imageShape.slice(0, 3), model.config.outputChannels] as Case['imageShape'];
      const weights = tf.tensor4d(wave(shape, 0.9), shape);
      const loss = (image: tf.Tensor, ...values: tf.Tensor[]): tf.Scalar => {
        const named = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
        return tf.sum(tf.mul(model.apply(named, image as tf.Tensor4D, time, options), weights));
      };
      const [imageGradient, ...gradients] = tf.grads(loss)([x, ...Object.values(params)]);
      expect(summaryError(imageGradient!, fixture.inputGradient)).toBeLessThan(fixture.tolerance);
      names.forEach((name, i) => {
        expect(summaryError(gradients[i]!, fixture.gradients[name]!), name).toBeLessThan(fixture.tolerance);
      });
    });
  });

  it('leaks nothing, forward or backward', async () => {
    const params = weightsOf(fixture);
    const { x, time, options } = inputs();
    const loss = (image: tf.Tensor4D): tf.Scalar =>
      tf.mean(tf.square(model.apply(params, image, time, options)));
    await expectNoLeak(() => model.apply(params, x, time, options));
    await expectNoLeak(() => tf.valueAndGrad(loss)(x));
    tf.dispose([params, x, time, options as tf.TensorContainer]);
  });
});
