import { treeLeaves, treeMap } from '@immiscible/core';
import type {
  GradientTransformation,
  Params,
  Scalars,
  ScalarTensors,
  TensorTree,
} from '@immiscible/core/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectNoLeak } from './leaks.js';

/** What holds for some transformations only. */
export interface GradientTransformationTraits {
  /** Whether it is a whole optimizer, whose updates lead downhill. @defaultValue true */
  readonly descends?: boolean;
  /** Whether weights without a gradient stay where they are: not with a decay of theirs. @defaultValue true */
  readonly rests?: boolean;
}

type Make = () => GradientTransformation;

function describeForm(make: Make): void {
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
}

function describePurity(make: Make): void {
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

  it('goes on from its state alone: another one, given the same numbers, makes the same steps', () => {
    tf.tidy(() => {
      const run = (from: Position, first: number, last: number, optimizer = make()): Position => {
        let at = from;
        for (let k = first; k < last; k++) at = moved(optimizer, at, k);
        return at;
      };
      const start = () => ({ params: weights(), state: make().init(weights()) });
      const whole = run(start(), 0, 6);
      const half = run(start(), 0, 3);
      const restored = { params: copyOf(half.params) as Params, state: copyOf(half.state) };
      const resumed = run(restored, 3, 6);
      expect(valuesOf(resumed.params)).toEqual(valuesOf(whole.params));
      expect(valuesOf(resumed.state)).toEqual(valuesOf(whole.state));
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
}

function describeDescent(make: Make): void {
  it('leads downhill: the sum of squares falls in a hundred steps', () => {
    tf.tidy(() => {
      const optimizer = make();
      let at: Position = { params: weights(), state: optimizer.init(weights()) };
      const loss = () =>
        valuesOf(at.params)
          .flat()
          .reduce((sum, value) => sum + value ** 2, 0);
      const start = loss();
      for (let k = 0; k < 100; k++) at = moved(optimizer, at, k);
      expect(loss()).toBeLessThan(start);
    });
  });
}

function describeRest(make: Make): void {
  it('leaves weights that have never had a gradient where they are', () => {
    tf.tidy(() => {
      const [params, optimizer] = [weights(), make()];
      const scalars = tensorsOf(optimizer.scalars(0));
      const gradients = mapped(params, tf.zerosLike);
      const { updates } = optimizer.update(gradients, optimizer.init(params), params, scalars);
      expect(valuesOf(updates).flat().map(Math.abs)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    });
  });
}

/**
 * The contract suite of optimizers: pure, so that a step can be recorded; the same names of scalars at every step, a state of one form that
 * says all, so that a run can be taken up again to the bit, and nothing left behind. It runs on the backend that is in use.
 *
 * @param name - for the title
 * @param make - makes the transformation
 * @param traits - what holds for this one
 */
export function describeGradientTransformation(
  name: string,
  make: () => GradientTransformation,
  { descends = true, rests = true }: GradientTransformationTraits = {},
): void {
  describe(`${name} is a gradient transformation`, () => {
    describeForm(make);
    describePurity(make);
    if (descends) describeDescent(make);
    if (rests) describeRest(make);
  });
}

/** Where a run stands. */
interface Position {
  readonly params: Params;
  readonly state: TensorTree;
}

/** After one more step. */
function moved(optimizer: GradientTransformation, { params, state }: Position, k: number): Position {
  const next = step(optimizer, state, params, k);
  return {
    params: mapped(params, (value, key) => tf.add(value, next.updates[key] as tf.Tensor)),
    state: next.state,
  };
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
  const scalars = tensorsOf(optimizer.scalars(k));
  const gradients = mapped(params, (value) => tf.clone(value));
  const next = optimizer.update(gradients, state, params, scalars);
  tf.dispose([scalars, gradients]);
  return next;
}

const tensorsOf = (scalars: Scalars): ScalarTensors =>
  Object.fromEntries(Object.entries(scalars).map(([key, value]) => [key, tf.scalar(value)]));
/** Through host arrays and back, as a checkpoint does. */
const copyOf = (tree: TensorTree): TensorTree =>
  treeMap(tree, (leaf: tf.Tensor) => tf.tensor(leaf.dataSync().slice(), leaf.shape, leaf.dtype));
const mapped = (params: Params, each: (value: tf.Tensor, key: string) => tf.Tensor): Params =>
  Object.fromEntries(Object.entries(params).map(([key, value]) => [key, each(value, key)]));
const shapesOf = (tree: TensorTree) => treeLeaves(tree).map((leaf) => [leaf.shape, leaf.dtype]);
const valuesOf = (tree: TensorTree) => treeLeaves(tree).map((leaf) => [...leaf.dataSync()]);
