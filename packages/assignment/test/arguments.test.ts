import {
  assignPoints,
  certify,
  greedy,
  hungarianOn3,
  linearSumAssignment,
  sinkhorn,
  solveAssignment,
  solveBatch,
} from '@immiscible/assignment';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { costsOf } from '@immiscible/testing/host';
import { named } from './all-solvers.js';

const square = costsOf(3, 3, (i, j) => (3 * i + 5 * j) % 7);

describe.each(named)('%s names what is wrong with its arguments', (name, solver) => {
  it.each([
    [
      'a tensor',
      { dataSync: () => [1], shape: [1, 1] },
      `${name}: cost must be an NdArray on a typed array, got a tensor`,
    ],
    ['nested arrays', [[1, 2]], 'cost must be an NdArray on a typed array, got a plain array'],
    ['a typed array', new Float64Array(4), 'got a bare Float64Array'],
    ['nothing', undefined, 'cost must be an NdArray on a typed array, got undefined'],
    ['an object', { shape: [2, 2] }, 'got an object whose data is no typed array'],
    [
      'a shape larger than its data',
      ndarray(new Float64Array(3), [2, 2]),
      'cost must be within its data of 3 numbers',
    ],
    ['the same on a plain array', ndarray([1, 2, 3], [2, 2]), 'cost must be within its data of 3 numbers'],
    ['BigInts', ndarray(new BigInt64Array(4) as never, [2, 2]), 'cost must hold numbers, got BigInts'],
  ])('costs that are %s', (_, cost, message) => {
    expect(() => solver(cost as never)).toThrow(message);
  });

  it.each([
    [{ maximise: true }, `${name}: options has no key "maximise"; did you mean "maximize"?`],
    [{ maximize: 'no' }, 'maximize must be true or false, got "no"'],
    [{ colDual: new Float64Array(2) }, 'colDual must be 3 numbers, one a column'],
    [{ colDual: Float64Array.of(1, NaN, 2) }, 'colDual[1] must be a finite number, got NaN'],
    [{ colDual: 3 }, 'colDual must be the Float64Array of an earlier answer, got 3'],
    [true, 'options must be an object, got a boolean'],
  ])('options %j', (options, message) => {
    expect(() => solver(square, options as never)).toThrow(message);
  });
});

describe('other functions name what is wrong with their arguments', () => {
  const any = (value: unknown) => value as never;
  it.each<[string, () => unknown, string]>([
    [
      'no solver',
      () => solveAssignment(square, any({ solver: 'auction' })),
      'solver must be a function such as jonkerVolgenant, got "auction"',
    ],
    [
      'another package',
      () => solveAssignment(square, any({ solver: () => [[0, 1]] })),
      'solver must return an assignment with rowToCol, colToRow, rowDual and colDual, got [[0,1]]; other packages need an adapter',
    ],
    [
      'no adapter',
      () => hungarianOn3(any({ default: 1 })),
      'hungarianOn3: hungarian must be the function that the package hungarian-on3 exports',
    ],
    ['a list', () => linearSumAssignment(any([[1]])), 'linearSumAssignment: cost must be an NdArray'],
    [
      'an option',
      () => linearSumAssignment(square, any({ maximise: true })),
      'linearSumAssignment: options has no key "maximise"',
    ],
    ['no assignment', () => certify(square, any([1, 2])), 'certify: assignment must be one with rowToCol'],
    [
      'an option',
      () => certify(square, solveAssignment(square), any({ max: true })),
      'certify: options has no key "max"',
    ],
    [
      'an option',
      () => sinkhorn(square, any({ eps: 1 })),
      'sinkhorn: options has no key "eps"; did you mean "epsilon"?',
    ],
    [
      'an option',
      () => solveBatch([square], any({ solvers: greedy })),
      'solveBatch: options has no key "solvers"; did you mean "solver"?',
    ],
    ['no problem', () => solveBatch([square, any(3)]), 'solveBatch: problem 1: cost must be an NdArray'],
    ['no list', () => solveBatch(any({})), 'solveBatch: costs must be an NdArray'],
    [
      'duals',
      () => assignPoints(square, square, { colDual: new Float64Array(9) }),
      'assignPoints: colDual must be 3 numbers',
    ],
    [
      'a limit',
      () => assignPoints(square, square, { matrixUpTo: NaN }),
      'assignPoints: matrixUpTo must be an integer of at least 0',
    ],
  ])('%s (%#)', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
