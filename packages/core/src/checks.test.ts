import ndarray from 'ndarray';
import { describe as suite, expect, it } from 'vitest';
import { check, checkInteger, checkSameShape, describe } from './checks.js';

suite('check', () => {
  it('passes what holds', () => {
    check(true, 'f', 'x', 'positive', 1);
    checkInteger('f', 'n', 3, 3);
    checkSameShape('f', 'noise', [2, 0, 3], 'x0', [2, 0, 3]);
    checkSameShape('f', 'noise', [], 'x0', []);
  });

  it('throws a RangeError that says constraint, value and what to do', () => {
    expect(() => check(false, 'f', 'x', 'positive', -1)).toThrow(
      new RangeError('f: x must be positive, got -1'),
    );
    expect(() => check(false, 'f', 'x', 'positive', '-1', 'pass a number')).toThrow(
      new RangeError('f: x must be positive, got "-1"; pass a number'),
    );
  });

  it.each([2, 3.5, Number.NaN, Infinity])('refuses %s as an integer of at least 3', (n) => {
    expect(() => checkInteger('f', 'n', n, 3)).toThrow(
      new RangeError(`f: n must be an integer of at least 3, got ${n}`),
    );
  });

  it.each([[[8, 3, 32, 32]], [[8, 32, 32]], [[8, 32, 32, 3, 1]], [[]]])('refuses the shape %j', (shape) => {
    expect(() => checkSameShape('addNoise', 'noise', shape, 'x0', [8, 32, 32, 3])).toThrow(
      new RangeError(`addNoise: noise must be of shape [8,32,32,3] like x0, got [${shape.join(',')}]`),
    );
  });
});

suite('describe', () => {
  const cycle: Record<string, unknown> = { a: 1 };
  cycle['self'] = cycle;

  it.each([
    [1, '1'],
    [-0.5, '-0.5'],
    [Number.NaN, 'NaN'],
    [10n, '10n'],
    [null, 'null'],
    [undefined, 'undefined'],
    ['text', '"text"'],
    [[8, 32, 32, 3], '[8,32,32,3]'],
    [[1, [2, 'x']], '[1,[2,"x"]]'],
    [[...Array(20).keys()], '[0,1,2,3,4,5,6,7,… 20 in all]'],
    [new Float32Array(5), 'a Float32Array of length 5'],
    [ndarray(new Float32Array(6), [2, 3]), 'an array of shape [2,3]'],
    [new Map(), 'a Map'],
    [{ a: 1, b: 'x' }, '{a: 1, b: "x"}'],
    [cycle, '{a: 1, self: {a: 1, self: {a: 1, self: …}}}'],
    [describe, 'the function describe'],
  ])('shows %o shortly', (value, text) => {
    expect(describe(value)).toBe(text);
  });

  it('cuts a long text', () => {
    expect(describe('x'.repeat(1000))).toHaveLength(120);
  });
});
