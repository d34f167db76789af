import {
  assignPoints,
  type AssignmentSolver,
  auction,
  certify,
  type CostMatrix,
  greedy,
  hungarianOn3,
  jonkerVolgenant,
  linearSumAssignment,
  pairwiseDistance,
  sinkhorn,
  solveAssignment,
  solveBatch,
} from '@immiscible/assignment';
import { createRng } from '@immiscible/core';
import hungarian from 'hungarian-on3';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';
import { costsOf } from '@immiscible/testing/host';

const solvers: Record<string, AssignmentSolver> = {
  solveAssignment,
  auction,
  jonkerVolgenant,
  greedy,
  sinkhorn,
  hungarianOn3: hungarianOn3(hungarian),
};
const named = Object.entries(solvers);
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

describe('views are what they show', () => {
  const rng = createRng(11);
  const draw = (...shape: number[]) =>
    ndarray(
      Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()),
      shape,
    );
  const copied = (view: NdArray<Float64Array>) =>
    costsOf(view.shape[0] as number, view.shape[1] as number, (i, j) => view.get(i, j));
  const views: [string, NdArray<Float64Array>][] = [
    ['cropped', draw(90, 80).lo(3, 5).hi(70, 70)],
    ['transposed', draw(70, 70).transpose(1, 0)],
    ['stepped', draw(140, 70).step(2, 1)],
    ['mirrored', draw(70, 70).step(1, -1)],
    ['reversed', draw(70, 70).step(-1, 1)],
  ];

  it.each(views)('to all solvers and certificates: %s', (_, view) => {
    const copy = copied(view);
    for (const [, solver] of named) {
      const [there, here] = [solver(view), solver(copy)];
      expect(there).toEqual(here);
      expect(certify(view, there)).toEqual(certify(copy, here));
    }
    expect(linearSumAssignment(view)).toEqual(linearSumAssignment(copy));
    expect(solveBatch([view])).toEqual(solveBatch([copy]));
  });

  it.each(views)('to distances: %s', (_, view) => {
    const other = draw(70, 70);
    const single = (array: NdArray<Float64Array>): NdArray<Float32Array> => {
      const { shape, stride, offset, data } = array;
      return ndarray(Float32Array.from(data), shape, stride, offset) as NdArray<Float32Array>;
    };
    const copy = copied(view);
    for (const metric of ['squaredL2', 'l2', 'l1', 'cosine'] as const) {
      expect(pairwiseDistance(view, other, { metric })).toEqual(pairwiseDistance(copy, other, { metric }));
      expect(pairwiseDistance(single(other), single(view), { metric })).toEqual(
        pairwiseDistance(single(other), single(copy), { metric }),
      );
    }
    expect(assignPoints(view, other)).toEqual(assignPoints(copy, other));
    expect(assignPoints(single(other), single(view))).toEqual(assignPoints(single(other), single(copy)));
  });

  it('to pooled images', () => {
    const images = draw(5, 6, 2, 8).transpose(0, 1, 3, 2).lo(0, 2, 0, 0);
    const copy = ndarray(new Float64Array(images.size), images.shape);
    for (let i = 0; i < 5; i++)
      for (let y = 0; y < 4; y++)
        for (let x = 0; x < 8; x++) for (let c = 0; c < 2; c++) copy.set(i, y, x, c, images.get(i, y, x, c));
    const features = 'pool4';
    expect(pairwiseDistance(images, images, { features })).toEqual(
      pairwiseDistance(copy, copy, { features }),
    );
  });
});

describe('totals beyond float64', () => {
  it.each(named)('have no gap that would be a proof: %s', (_, solver) => {
    for (const sign of [1, -1]) {
      const cost = costsOf(3, 3, (i, j) => sign * (1e308 + (i === j ? 0 : 1e307)));
      let answer;
      try {
        answer = solver(cost);
      } catch (error) {
        // What says so is right, too.
        expect((error as Error).message).toMatch(/epsilon|optimum|infeasible/);
        continue;
      }
      expect(answer.totalCost).toBe(sign * Infinity);
      expect(answer.gap).toBe(Infinity);
      expect(certify(cost, answer)).toMatchObject({ optimal: false, gap: Infinity });
    }
  });

  it('are still assigned', () => {
    const cost = costsOf(3, 3, (i, j) => 1e308 + (i + j === 2 ? 0 : 1e307));
    expect([...solveAssignment(cost).rowToCol]).toEqual([2, 1, 0]);
    expect([...linearSumAssignment(cost)[1]]).toEqual([2, 1, 0]);
  });
});

describe('gaps include what rounding can have done', () => {
  /** The total of a matching in units of 2^−80, exactly. */
  const exact = (cost: CostMatrix, columns: readonly number[]): bigint =>
    columns.reduce((sum, j, i) => sum + BigInt(cost.get(i, j) * 2 ** 80), 0n);
  /** The least of all. */
  const leastTotal = (cost: CostMatrix): bigint => {
    const n = cost.shape[0] as number;
    let least: bigint | undefined;
    const search = (taken: number[]): void => {
      if (taken.length === n) {
        const total = exact(cost, taken);
        if (least === undefined || total < least) least = total;
        return;
      }
      for (let j = 0; j < n; j++) if (!taken.includes(j)) search([...taken, j]);
    };
    search([]);
    return least as unknown as bigint;
  };

  it('so that a total, rounded as it is, is no further from the exact optimum than they say', () => {
    for (let seed = 0; seed < 300; seed++) {
      const rng = createRng(14).split(seed);
      const n = 2 + (seed % 3);
      // Whole multiples of 2^−80, whose sums are exact as such.
      const cost = costsOf(n, n, () => (rng.uniform() - 0.5) * 2 ** rng.integer(0, 5));
      const least = leastTotal(cost);
      for (const [, solver] of named) {
        const { totalCost, gap } = solver(cost);
        const excess = BigInt(totalCost * 2 ** 80) - least;
        expect(Number(excess) * 2 ** -80).toBeLessThanOrEqual(gap);
      }
    }
  });

  it('also where duals are much larger than what decides', () => {
    const rng = createRng(12);
    for (let trial = 0; trial < 60; trial++) {
      const n = rng.integer(2, 7);
      // Multiples of 2^−40 below 2^13: exact as whole numbers.
      const rows = Array.from({ length: n }, () => Math.floor(rng.uniform() * 2 ** 12));
      const cost = costsOf(n, n, (i) => rows[i]! + Math.floor(rng.uniform() * 2 ** 20) * 2 ** -40);
      const least = leastTotal(cost);
      for (const [, solver] of named) {
        const { rowToCol, gap } = solver(cost);
        expect(Number(exact(cost, [...rowToCol]) - least) * 2 ** -80).toBeLessThanOrEqual(gap);
      }
    }
  });
});

it('sinkhorn keeps its digits where costs are huge beside their differences', () => {
  const rng = createRng(13);
  const near = costsOf(12, 12, () => Math.round(1024 * rng.uniform()) / 1024);
  const far = costsOf(12, 12, (i, j) => near.get(i, j) + 2 ** 36 * (i + 1));
  const [a, b] = [near, far].map((cost) =>
    sinkhorn(cost, { epsilon: 0.05, tolerance: 1e-9, maxIterations: 50000 }),
  );
  expect(b!.converged).toBe(true);
  b!.plan.forEach((mass, k) => expect(Math.abs(mass - a!.plan[k]!)).toBeLessThan(1e-6));
});
