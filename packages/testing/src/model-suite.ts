import { createRng } from '@immiscible/core';
import type { Model, Params } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectNoLeak } from './leaks.js';

/**
 * The contract suite of networks: weights are a function of the seed, an answer is of weights, images and times alone and has the images'
 * shape, every weight gets a gradient, and nothing is left behind. It runs on the backend that is in use.
 *
 * @param name - for the title
 * @param make - makes the model
 * @param imageShape - `[H,W,C]` of its images
 * @param options - `times` of three images, as its objective scales them; 1, 2 and 3 if not given
 */
export function describeModel(
  name: string,
  make: () => Model,
  imageShape: readonly [height: number, width: number, channels: number],
  options: { readonly times?: readonly [number, number, number] } = {},
): void {
  const { times = [1, 2, 3] } = options;
  const [height, width, channels] = imageShape;
  const size = height * width * channels;
  const values = createRng(1).fillNormal(new Float32Array(3 * size));
  const images = (first: number, last: number): tf.Tensor4D =>
    tf.tensor4d(values.slice(first * size, last * size), [last - first, height, width, channels]);
  const numbers = (x: tf.Tensor): number[] => [...x.dataSync()];
  const answer = (model: Model, params: Params, time: readonly number[], first = 0): number[] =>
    tf.tidy(() => numbers(model.apply(params, images(first, first + time.length), tf.tensor1d([...time]))));

  describe(`${name} is a network`, () => {
    let model: Model;
    let params: Params;
    beforeAll(() => {
      model = make();
      params = nonZero(model.init(createRng(0)));
    });
    afterAll(() => tf.dispose(params));

    it('its weights are a function of the seed', () => {
      const of = (seed: number) =>
        tf.tidy(() =>
          Object.entries(model.init(createRng(seed))).map(([key, value]) => [key, numbers(value)]),
        );
      expect(of(0)).toEqual(of(0));
      expect(of(1)).not.toEqual(of(0));
    });

    it('answers with images of the same shape, all finite, the same each time', () => {
      const shape = tf.tidy(() => model.apply(params, images(0, 3), tf.tensor1d([...times])).shape);
      expect(shape).toEqual([3, height, width, channels]);
      expect(answer(model, params, times).every(Number.isFinite)).toBe(true);
      expect(answer(model, params, times)).toEqual(answer(model, params, times));
    });

    it('an answer depends on its own image and time alone, and on both', () => {
      const together = answer(model, params, times).slice(size, 2 * size);
      const alone = answer(model, params, [times[1]], 1);
      const largest = Math.max(...alone.map(Math.abs));
      together.forEach((value, i) => {
        expect(Math.abs(value - (alone[i] as number))).toBeLessThanOrEqual(1e-4 * largest);
      });
      expect(answer(model, params, [times[1]], 0)).not.toEqual(alone);
      expect(answer(model, params, [times[2]], 1)).not.toEqual(alone);
    });

    it('every weight has a gradient', () => {
      const names = Object.keys(params);
      const still = tf.tidy(() => {
        const loss = (...weights: tf.Tensor[]) => {
          const own = Object.fromEntries(names.map((key, i) => [key, weights[i] as tf.Tensor]));
          return tf.mean(tf.square(tf.sub(model.apply(own, images(0, 3), tf.tensor1d([...times])), 1)));
        };
        const gradients = tf.grads(loss)(names.map((key) => params[key] as tf.Tensor));
        return names.filter((_, i) => numbers(gradients[i] as tf.Tensor).every((value) => value === 0));
      });
      expect(still).toEqual([]);
    });

    it('leaves nothing behind, and registers no variable', async () => {
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
