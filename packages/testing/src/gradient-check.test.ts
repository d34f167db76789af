import { createRng } from '@immiscible/core';
import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type GradientCase, gradientErrors } from './gradient-check.js';
import { expectNoLeak } from './leaks.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  // TF.js's cpu backend would print an advertisement.
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
});

/** The square of x with a gradient of its own. */
const square = (gradient: (dy: tf.Tensor, x: tf.Tensor) => tf.Tensor): GradientCase => ({
  name: 'square',
  inputs: [{ shape: [4, 3] }],
  run: (input: tf.Tensor) =>
    tf.customGrad((x, save) => {
      (save as tf.GradSaveFunc)([x as tf.Tensor]);
      return {
        value: tf.square(x as tf.Tensor),
        gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => gradient(dy, saved as tf.Tensor),
      };
    })(input),
});
const error = (gradientCase: GradientCase) =>
  gradientErrors(gradientCase, createRng(1)).map(
    ({ analytic, numeric, norm }) => Math.abs(analytic - numeric) / norm,
  );

describe('gradientErrors', () => {
  it('are small for a gradient that is right', () => {
    expect(error(square((dy, x) => tf.mul(dy, tf.mul(x, 2))))[0]).toBeLessThan(1e-4);
    const curved: GradientCase = {
      name: 'sin(exp x)',
      inputs: [{ shape: [50] }],
      run: (x: tf.Tensor) => tf.sin(tf.exp(x)),
    };
    expect(error(curved)[0]).toBeLessThan(2e-3);
  });

  it('are large for one that is wrong everywhere, or for one element of a batch only', () => {
    expect(error(square((dy, x) => tf.mul(dy, x)))[0]).toBeGreaterThan(0.1);
    const last = tf.tensor2d([2, 2, 2, 0], [4, 1]);
    expect(error(square((dy, x) => tf.mul(dy, tf.mul(x, last))))[0]).toBeGreaterThan(0.1);
  });

  it('keep kinks out of the way of their steps', () => {
    const kinked: GradientCase = {
      name: 'relu',
      inputs: [{ shape: [40], values: 'separated' }],
      run: (x: tf.Tensor) => tf.relu(x),
    };
    expect(error(kinked)[0]).toBeLessThan(1e-4);
  });
});

describe('expectNoLeak', () => {
  it('passes for what is returned, and fails for what is kept', async () => {
    await expectNoLeak(() => tf.zeros([2]));
    let kept: tf.Tensor | undefined;
    await expect(
      expectNoLeak(() => {
        kept = tf.zeros([2]);
        return [];
      }),
    ).rejects.toThrow(/left behind/);
    kept?.dispose();
  });
});
