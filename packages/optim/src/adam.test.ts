import { describe, expect, it } from 'vitest';
import { adam, adamW } from './adam.js';
import { fadingWeight } from './moments.js';
import { rAdam } from './radam.js';
import { addDecayedWeights } from './scale.js';

describe('the weight of a fading sum', () => {
  it('is the geometric series', () => {
    expect(fadingWeight(0.5, 0)).toBe(1);
    expect(fadingWeight(0.5, 2)).toBeCloseTo(1.75, 14);
    expect(fadingWeight(0, 3)).toBe(1);
    expect(fadingWeight(1 - 1e-12, 1)).toBeCloseTo(2, 11);
  });
});

describe('options of the optimizers', () => {
  it.each([
    [() => adam({ learningRate: 1, beta1: 1 }), 'adam: beta1 must be in [0, 1), got 1'],
    [() => adamW({ learningRate: 1, beta2: -0.1 }), 'adamW: beta2 must be in [0, 1), got -0.1'],
    [() => adamW({ learningRate: 1, weightDecay: -1 }), 'adamW: weightDecay must be non-negative, got -1'],
    [() => rAdam({ learningRate: 1, epsilon: NaN }), 'rAdam: epsilon must be non-negative, got NaN'],
    [() => addDecayedWeights(-1), 'addDecayedWeights: weightDecay must be non-negative, got -1'],
  ])('that make no sense are refused (%#)', (make, message) => {
    expect(make).toThrow(new RangeError(message));
  });

  it('a learning rate may be a schedule', () => {
    const { scalars } = adam({ learningRate: (step) => step / 10 });
    // At step 1 with β1 = 0.9, β2 = 0.999: η·√(1 + β2) / (1 + β1)
    expect(scalars(1)['scale']).toBeCloseTo((-0.1 * Math.sqrt(1.999)) / 1.9, 14);
  });
});
