import { describe, expect, it } from 'vitest';
import { constant, cosineDecay, inverseSqrtDecay, linear, warmup } from './schedule.js';

describe('schedules', () => {
  it('constant is the same at every step', () => {
    expect([0, 7, 1e6].map(constant(0.3))).toEqual([0.3, 0.3, 0.3]);
  });

  it('linear goes through its ends and the point between, then stays', () => {
    const schedule = linear({ from: 2, to: 1, steps: 10 });
    expect([0, 5, 10, 20].map(schedule)).toEqual([2, 1.5, 1, 1]);
  });

  it('cosineDecay has the cosine values at thirds of its length, then stays', () => {
    const schedule = cosineDecay({ from: 3, to: 1, steps: 300 });
    // cos(π/3) = 1/2, cos(2π/3) = −1/2
    [3, 2.5, 1.5, 1, 1].forEach((value, i) => expect(schedule(100 * i)).toBeCloseTo(value, 12));
    expect(cosineDecay({ from: 3, steps: 2 })(2)).toBeCloseTo(0, 12);
  });

  it('inverseSqrtDecay halves between the reference and four times it', () => {
    const schedule = inverseSqrtDecay({ value: 0.01, reference: 70 });
    expect([0, 70, 280, 7000].map(schedule)).toEqual([0.01, 0.01, 0.005, 0.001]);
  });

  it('warmup multiplies by (step + 1) / steps and is over after its last step', () => {
    expect([0, 1, 3, 4].map(warmup(4, 8))).toEqual([2, 4, 8, 8]);
    expect(warmup(4, linear({ from: 1, to: 0, steps: 8 }))(1)).toBe((1 - 1 / 8) / 2);
  });

  it.each([
    [() => warmup(0, 1), 'warmup: steps must be an integer of at least 1, got 0'],
    [() => linear({ from: 0, to: 1, steps: 1.5 }), 'linear: steps must be an integer of at least 1, got 1.5'],
    [
      () => cosineDecay({ from: 0, steps: -1 }),
      'cosineDecay: steps must be an integer of at least 1, got -1',
    ],
    [
      () => inverseSqrtDecay({ value: 1, reference: 0 }),
      'inverseSqrtDecay: reference must be positive, got 0',
    ],
  ])('a length that makes no sense is refused (%#)', (make, message) => {
    expect(make).toThrow(new RangeError(message));
  });
});
