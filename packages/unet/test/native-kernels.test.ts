import { selectBackend } from '@immiscible/backend';
import { createRng, type Rng } from '@immiscible/core';
// eslint-disable-next-line @nx/enforce-module-boundaries -- of the same layer: that its steps can hold the kernels
import { jit } from '@immiscible/jit';
import { describeGradients, type GradientCase } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupNorm, unet } from '../src/index.js';

const { kernels } = await selectBackend({ kernels: true });
const use = (kernels: boolean) => selectBackend({ backend: 'native', kernels });

interface Shape {
  readonly shape: [number, number, number, number];
  readonly groups: number;
  readonly silu: boolean;
  readonly shifted: boolean;
  readonly scaleEach: boolean;
  readonly offsetEach: boolean;
}

function inputsOf({ shape, shifted, scaleEach, offsetEach }: Shape, rng: Rng): tf.Tensor[] {
  const [batch, , , channels] = shape;
  const normal = (size: readonly number[], scale: number, mean: number) => {
    const count = size.reduce((product, n) => product * n, 1);
    return tf.tensor(
      rng.fillNormal(new Float32Array(count)).map((v) => mean + scale * v),
      [...size],
    );
  };
  return [
    normal(shape, 2, 0.5),
    normal(scaleEach ? [batch, channels] : [channels], 0.5, 1),
    normal(offsetEach ? [batch, channels] : [channels], 1, 0),
    ...(shifted ? [normal([batch, channels], 1, 0)] : []),
  ];
}

function apply({ groups, silu }: Shape, inputs: readonly tf.Tensor[]): tf.Tensor4D {
  const [x, scale, offset, shift] = inputs as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.Tensor2D?];
  return groupNorm(x, scale, offset, { groups, epsilon: 1e-5, silu, ...(shift && { shift }) });
}

/** Output and all gradients. */
function everything(shape: Shape, inputs: tf.Tensor[], weights: tf.Tensor): number[][] {
  return tf.tidy(() => {
    const loss = (...xs: tf.Tensor[]): tf.Scalar => tf.sum(tf.mul(apply(shape, xs), weights));
    return [apply(shape, inputs), ...tf.grads(loss)(inputs)].map((tensor) => [...tensor.dataSync()]);
  });
}

describe.skipIf(!kernels.includes('ImmiscibleGroupNorm'))('group norm by our kernels', () => {
  afterAll(async () => {
    await selectBackend({ kernels: false });
  });

  it('is the composite on 200 shapes, and their gradients are', async () => {
    const rng = createRng(11);
    const draw = (most: number) => 1 + (rng.permutation(most)[0] as number);
    for (let k = 0; k < 200; k++) {
      const groups = draw(5);
      const bits = draw(32);
      const shape: Shape = {
        // Groups of at least four values: of fewer, little but rounding is left of a deviation.
        shape: [draw(4), 1 + draw(9), 1 + draw(9), groups * draw(9)],
        ...{ groups, silu: (bits & 1) > 0, shifted: (bits & 2) > 0 },
        ...{ scaleEach: (bits & 4) > 0, offsetEach: (bits & 8) > 0 },
      };
      const inputs = inputsOf(shape, rng);
      const [weights] = inputsOf(shape, rng);
      await use(true);
      const ours = everything(shape, inputs, weights!);
      await use(false);
      const composite = everything(shape, inputs, weights!);
      expect(ours).toHaveLength(composite.length);
      composite.forEach((expected, i) => {
        const largest = Math.max(1, ...expected.map(Math.abs));
        expect(ours[i], `${JSON.stringify(shape)}, ${i}`).toBeAllClose(expected, { atol: 5e-5 * largest });
      });
      tf.dispose([inputs, weights] as tf.TensorContainer);
    }
  });

  it('takes an empty batch, and images of one pixel', async () => {
    await use(true);
    const plain = { groups: 2, silu: true, shifted: false, scaleEach: false, offsetEach: false };
    for (const shape of [
      [0, 3, 3, 4],
      [2, 1, 1, 4],
    ] as const) {
      const inputs = inputsOf({ ...plain, shape: [...shape] }, createRng(1));
      const y = apply({ ...plain, shape: [...shape] }, inputs);
      expect(y.shape).toEqual(shape);
      expect([...y.dataSync()].every(Number.isFinite)).toBe(true);
      tf.dispose([inputs, y] as tf.TensorContainer);
    }
  });

  it.each([NaN, Infinity, -Infinity, 1e30])('has %d where the composite has', async (bad) => {
    const shape: Shape = {
      ...{ shape: [2, 3, 3, 4], groups: 2, silu: true },
      ...{ shifted: true, scaleEach: false, offsetEach: false },
    };
    // Infinity times a deviation here may be the difference of two infinities in the composite, so NaN.
    const kinds = (values: number[][], infinities: boolean) =>
      values.map((each) =>
        each.map((v) => (Number.isFinite(v) ? 'finite' : infinities && !Number.isNaN(v) ? v : 'not')),
      );
    // In an image, in the scale, in the offset, in the shift, in the gradient from above.
    for (let at = 0; at < 5; at++) {
      const inputs = inputsOf(shape, createRng(2));
      const [weights] = inputsOf(shape, createRng(3));
      const all = [...inputs, weights!].map((tensor, i) => {
        const values = tensor.dataSync().slice();
        if (i === at) values[1] = bad;
        return tf.tensor(values, tensor.shape);
      });
      await use(true);
      const ours = everything(shape, all.slice(0, 4), all[4]!);
      await use(false);
      expect(kinds(ours, at === 0), `input ${at}`).toEqual(
        kinds(everything(shape, all.slice(0, 4), all[4]!), at === 0),
      );
      tf.dispose([inputs, weights, all] as tf.TensorContainer);
    }
  });

  describe('in a recorded step', () => {
    beforeAll(async () => {
      await use(true);
    });

    const model = unet({
      ...{ imageChannels: 1, channels: 12, groups: 3, blocksPerLevel: 1 },
      ...{ channelMultipliers: [1, 2], attentionLevels: [1] },
    });
    const names = Object.keys(model.shapes);
    const step = (state: Record<string, tf.Tensor>, { x, time }: { x: tf.Tensor4D; time: tf.Tensor1D }) => {
      const loss = (...values: tf.Tensor[]): tf.Scalar => {
        const named = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
        return tf.mean(tf.squaredDifference(model.apply(named, x, time), 1));
      };
      const { value, grads } = tf.valueAndGrads(loss as (...args: tf.Tensor[]) => tf.Scalar)(
        names.map((name) => state[name]!),
      );
      const next = names.map((name, i) => [name, tf.sub(state[name]!, tf.mul(grads[i]!, 0.01))] as const);
      return { state: Object.fromEntries(next) as Record<string, tf.Tensor>, outputs: { value } };
    };
    const inputs = () => ({
      x: tf.tensor4d(createRng(5).fillNormal(new Float32Array(3 * 8 * 8)), [3, 8, 8, 1]),
      time: tf.tensor1d([1, 2, 3]),
    });
    const bitsOf = (state: Record<string, tf.Tensor>) =>
      names.map((name) => [...new Int32Array(state[name]!.dataSync().slice().buffer)]);
    const train = async (
      stepper: ReturnType<
        typeof jit<Record<string, tf.Tensor>, ReturnType<typeof inputs>, { value: tf.Scalar }>
      >,
      steps: number,
    ) => {
      const given = inputs();
      const losses: number[] = [];
      for (let k = 0; k < steps; k++) {
        const { value } = await stepper.run(given);
        losses.push(value.dataSync()[0]!);
        value.dispose();
      }
      tf.dispose(given);
      return losses;
    };

    it('goes on bit for bit from a state that was read', async () => {
      const whole = jit(step, { state: model.init(createRng(0)) });
      const first = jit(step, { state: model.init(createRng(0)) });
      const losses = await train(whole, 6);
      const before = await train(first, 3);
      const state = await first.readState();
      const second = jit(step, { state });
      expect([...before, ...(await train(second, 3))]).toEqual(losses);
      const [a, b] = [await whole.readState(), await second.readState()];
      expect(bitsOf(b)).toEqual(bitsOf(a));
      for (const each of [whole, first, second]) each.dispose();
      tf.dispose([a, b, state] as tf.TensorContainer);
    });

    it('gives the losses of the composite over 20 steps', async () => {
      const ours = jit(step, { state: model.init(createRng(0)) });
      const losses = await train(ours, 20);
      await use(false);
      const composite = jit(step, { state: model.init(createRng(0)) });
      const expected = await train(composite, 20);
      await use(true);
      expect(expected.at(-1)!).toBeLessThan(0.9 * expected[0]!);
      expect(losses).toBeAllClose(expected, { rtol: 1e-4 });
      ours.dispose();
      composite.dispose();
    });
  });

  const cases: GradientCase[] = [
    // Channels that are no multiple of the vector, one group, as many as channels, one image, several.
    [[2, 3, 3, 5], 1],
    [[1, 4, 5, 18], 18],
    [[3, 2, 2, 33], 3],
    [[1, 9, 16, 4], 2],
  ].flatMap(([shape, groups]) =>
    [false, true].map((silu): GradientCase => {
      const [batch, , , channels] = shape as number[] as [number, number, number, number];
      return {
        name: `group norm of [${shape}] in ${groups} groups${silu ? ' and SiLU' : ''}`,
        inputs: [
          { shape: shape as number[] },
          { shape: [channels] },
          { shape: [batch, channels] },
          { shape: [batch, channels] },
        ],
        run: (x: tf.Tensor4D, scale: tf.Tensor1D, offset: tf.Tensor2D, shift: tf.Tensor2D) =>
          groupNorm(x, scale, offset, { groups: groups as number, epsilon: 0.1, silu, shift }),
      };
    }),
  );
  describeGradients('native with our kernels', () => use(true), { cases });
});
