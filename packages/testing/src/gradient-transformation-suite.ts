import { treeLeaves } from '@immiscible/core';
import type { GradientTransformation, Params, ScalarTensors, TensorTree } from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectNoLeak } from './leaks.js';

/**
 * The contract suite of optimizers: pure, so that a step can be recorded; the same names of scalars at every step, a state of one form, and
 * nothing left behind. It runs on the backend that is in use.
 *
 * @param name - for the title
 * @param make - makes the transformation
 * @param options - `descends`, whether it is a whole optimizer, whose updates lead downhill; true if not given
 */
export function describeGradientTransformation(
  name: string,
  make: () => GradientTransformation,
  options: { readonly descends?: boolean } = {},
): void {
  const { descends = true } = options;

  describe(`${name} is a gradient transformation`, () => {
    it('has the same finite scalars at every step', () => {
      const { scalars } = make();
      for (const step of [0, 1, 1000]) {
        expect(Object.keys(scalars(step))).toEqual(Object.keys(scalars(0)));
        expect(Object.values(scalars(step)).every(Number.isFinite)).toBe(true);
      }
    });

    it('keeps the form of parameters and state', () => {
      tf.tidy(() => {
        const [params, optimizer] = [weights(), make()];
        const first = optimizer.init(params);
        const { updates, state } = step(optimizer, first, params, 0);
        expect(shapesOf(updates)).toEqual(shapesOf(params));
        expect(shapesOf(state)).toEqual(shapesOf(first));
        expect(shapesOf(step(optimizer, state, params, 1).state)).toEqual(shapesOf(first));
      });
    });

    it('gives the same for the same, and changes no argument', () => {
      tf.tidy(() => {
        const [params, optimizer] = [weights(), make()];
        const { state } = step(optimizer, optimizer.init(params), params, 0);
        const before = [valuesOf(params), valuesOf(state)];
        const once = step(optimizer, state, params, 1);
        const again = step(optimizer, state, params, 1);
        expect(valuesOf(again.updates)).toEqual(valuesOf(once.updates));
        expect(valuesOf(again.state)).toEqual(valuesOf(once.state));
        expect([valuesOf(params), valuesOf(state)]).toEqual(before);
      });
    });

    it('leaves nothing behind', async () => {
      const params = weights();
      const optimizer = make();
      await expectNoLeak(() => optimizer.init(params) as tf.TensorContainer);
      const state = optimizer.init(params);
      await expectNoLeak(() => step(optimizer, state, params, 0) as unknown as tf.TensorContainer);
      tf.dispose([params, state as tf.TensorContainer]);
    });

    if (descends)
      it('leads downhill: the sum of squares falls in a hundred steps', () => {
        tf.tidy(() => {
          const optimizer = make();
          let params = weights();
          let state = optimizer.init(params);
          const loss = () =>
            valuesOf(params)
              .flat()
              .reduce((sum, value) => sum + value ** 2, 0);
          const start = loss();
          for (let k = 0; k < 100; k++) {
            const next = step(optimizer, state, params, k);
            params = mapped(params, (value, key) => tf.add(value, next.updates[key] as tf.Tensor));
            state = next.state;
          }
          expect(loss()).toBeLessThan(start);
        });
      });
  });
}

const weights = (): Params => ({
  matrix: tf.tensor2d([1, -2, 3, 0.5, -0.25, 4], [2, 3]),
  bias: tf.tensor1d([1.5, -1]),
});

/** A step with the gradient of half the sum of squares: the weights themselves. */
function step(
  optimizer: GradientTransformation,
  state: TensorTree,
  params: Params,
  k: number,
): { updates: Params; state: TensorTree } {
  const scalars: ScalarTensors = Object.fromEntries(
    Object.entries(optimizer.scalars(k)).map(([key, value]) => [key, tf.scalar(value)]),
  );
  const gradients = mapped(params, (value) => tf.clone(value));
  const next = optimizer.update(gradients, state, params, scalars);
  tf.dispose([scalars, gradients]);
  return next;
}

const mapped = (params: Params, each: (value: tf.Tensor, key: string) => tf.Tensor): Params =>
  Object.fromEntries(Object.entries(params).map(([key, value]) => [key, each(value, key)]));
const shapesOf = (tree: TensorTree) => treeLeaves(tree).map((leaf) => [leaf.shape, leaf.dtype]);
const valuesOf = (tree: TensorTree) => treeLeaves(tree).map((leaf) => [...leaf.dataSync()]);
