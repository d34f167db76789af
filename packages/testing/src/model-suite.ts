import { createRng } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectNoLeak } from './leaks.js';

/** What a network is tried on. */
interface Trial {
  readonly make: () => Model;
  readonly imageShape: readonly [height: number, width: number, channels: number];
  readonly times: readonly [number, number, number];
  /** Images number `first` to `last`. */
  images(first: number, last: number): tf.Tensor4D;
  /** The answer to images from number `first` on, one for each time. */
  answer(time: readonly number[], first?: number): number[];
  /** The network and its weights, once there. */
  readonly now: { model: Model; params: Params };
}

const numbers = (x: tf.Tensor): number[] => [...x.dataSync()];

function describeWeights({ make, images, times, now }: Trial): void {
  it('its weights are a function of the seed', () => {
    const of = (seed: number) =>
      tf.tidy(() =>
        Object.entries(make().init(createRng(seed))).map(([key, value]) => [key, numbers(value)]),
      );
    expect(of(0)).toEqual(of(0));
    expect(of(1)).not.toEqual(of(0));
  });

  it('every weight has a gradient', () => {
    const { model, params } = now;
    const names = Object.keys(params);
    const still = tf.tidy(() => {
      const loss = (...weights: tf.Tensor[]) => {
        const own = Object.fromEntries(names.map((key, i) => [key, weights[i] as tf.Tensor]));
        return tf.mean(tf.square(tf.sub(model.apply(own, images(0, 3), tf.tensor1d([...times])), 1)));
      };
      const gradients = tf.grads(loss)(names.map((key) => params[key] as tf.Tensor));
      return names.filter((_, i) => {
        const gradient = numbers(gradients[i] as tf.Tensor);
        return !gradient.every(Number.isFinite) || gradient.every((value) => value === 0);
      });
    });
    expect(still).toEqual([]);
  });
}

function describeAnswers({ imageShape, images, times, answer, now }: Trial): void {
  const size = imageShape.reduce((product, n) => product * n, 1);

  it('answers with images of the same shape, all finite, the same each time', () => {
    const { model, params } = now;
    const shape = tf.tidy(() => model.apply(params, images(0, 3), tf.tensor1d([...times])).shape);
    expect(shape).toEqual([3, ...imageShape]);
    expect(answer(times).every(Number.isFinite)).toBe(true);
    expect(answer(times)).toEqual(answer(times));
  });

  it('an answer depends on its own image and time alone, and on both', () => {
    const together = answer(times).slice(size, 2 * size);
    const alone = answer([times[1]], 1);
    const largest = Math.max(...alone.map(Math.abs));
    together.forEach((value, i) => {
      expect(Math.abs(value - (alone[i] as number))).toBeLessThanOrEqual(1e-4 * largest);
    });
    expect(answer([times[1]], 0)).not.toEqual(alone);
    expect(answer([times[2]], 1)).not.toEqual(alone);
  });
}

function describeOwnership({ images, times, now }: Trial): void {
  it('leaves nothing behind, and registers no variable', async () => {
    const { model, params } = now;
    const variables = Object.keys(tf.engine().registeredVariables).length;
    await expectNoLeak(() => model.init(createRng(0)));
    await expectNoLeak(() => {
      const [x, time] = [images(0, 3), tf.tensor1d([...times])];
      const out = model.apply(params, x, time);
      tf.dispose([x, time]);
      return out;
    });
    expect(Object.keys(tf.engine().registeredVariables)).toHaveLength(variables);
  });
}

/** What {@link describeModel} tries a network on. */
export interface ModelTrial {
  /** `[H,W,C]` of its images. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /** Times of three images, as its objective scales them. @defaultValue 1, 2 and 3 */
  readonly times?: readonly [number, number, number];
}

/**
 * The contract suite of networks: weights are a function of the seed, an answer is of weights, images and times alone and has the images'
 * shape, every weight gets a gradient, and nothing is left behind. It runs on the backend that is in use.
 *
 * @param name - for the title
 * @param make - makes the model
 * @param trial - its images and times
 */
export function describeModel(name: string, make: () => Model, trial: ModelTrial): void {
  const { imageShape, times = [1, 2, 3] } = trial;
  const size = imageShape.reduce((product, n) => product * n, 1);
  const values = createRng(1).fillNormal(new Float32Array(3 * size));
  const images = (first: number, last: number): tf.Tensor4D =>
    tf.tensor4d(values.slice(first * size, last * size), [last - first, ...imageShape]);
  const now = {} as Trial['now'];
  const answer = (time: readonly number[], first = 0): number[] =>
    tf.tidy(() =>
      numbers(now.model.apply(now.params, images(first, first + time.length), tf.tensor1d([...time]))),
    );

  describe(`${name} is a network`, () => {
    beforeAll(() => {
      now.model = make();
      now.params = nonZero(now.model.init(createRng(0)));
    });
    afterAll(() => tf.dispose(now.params));
    const all: Trial = { make, imageShape, times, images, answer, now };
    describeWeights(all);
    describeAnswers(all);
    describeOwnership(all);
  });
}

/** Weights that start at 0, as last layers do, hide what is before them: a little is added to each. */
function nonZero(params: Params): Params {
  const rng = createRng(9);
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) => {
      const noise = rng.split(key).fillNormal(new Float32Array(value.size));
      const moved = tf.tidy(() => tf.add(value, tf.mul(tf.tensor(noise, value.shape), 0.05)));
      value.dispose();
      return [key, moved];
    }),
  );
}
