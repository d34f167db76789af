import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import './to-be-all-close.js';

describe('toBeAllClose', () => {
  it('takes numbers in every form', () => {
    const values = [1, 2, 3, 4];
    const forms = [
      values,
      [
        [1, 2],
        [3, 4],
      ],
      Float32Array.from(values),
      { shape: [2, 2], dataSync: () => values },
      ndarray(Float64Array.from(values), [2, 2]),
    ];
    for (const actual of forms) for (const expected of forms) expect(actual).toBeAllClose(expected);
    expect(2).toBeAllClose(2 + 1e-7);
  });

  it('allows atol + rtol·|expected|, as NumPy does', () => {
    expect([101]).toBeAllClose([100], { rtol: 0.01, atol: 0 });
    expect([100]).not.toBeAllClose([101.02], { rtol: 0.01, atol: 0 });
    expect([0.1]).toBeAllClose([0], { rtol: 0, atol: 0.1 });
    expect([0.1]).not.toBeAllClose([0], { rtol: 1, atol: 0.09 });
  });

  it('tells NaN and infinities apart, and from numbers', () => {
    expect([NaN, Infinity]).toBeAllClose([NaN, Infinity]);
    expect([NaN]).not.toBeAllClose([0]);
    expect([0]).not.toBeAllClose([NaN]);
    expect([Infinity]).not.toBeAllClose([-Infinity]);
  });

  it('compares shapes where both have one, and lengths always', () => {
    const zeros = (shape: number[]) => ndarray(new Float32Array(6), shape);
    expect(zeros([2, 3])).not.toBeAllClose(zeros([3, 2]));
    expect(zeros([2, 3])).toBeAllClose(new Float32Array(6));
    expect(zeros([2, 3])).not.toBeAllClose(new Float32Array(5));
  });

  it('names the worst value', () => {
    expect(() => expect([1, 5, 3]).toBeAllClose([1, 2, 2.5])).toThrow(/2 of 3 outside; worst at 1: 5 for 2/);
  });
});
