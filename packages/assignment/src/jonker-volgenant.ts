import type { Assignment, AssignmentOptions, CostMatrix } from './assignment.js';
import { checkMatrix, checkSolverOptions } from './check-matrix.js';
import { certify } from './certify.js';
import { type CostRows, costRows } from './cost-rows.js';
import { type DenseCost, denseCost, HUGE, SHRINK } from './dense-cost.js';
import { exactPaths, MAX_EXACT_WORK } from './exact-paths.js';
import { aligned, type Kernels, kernels, MOST_MEMORY } from './kernels.js';
import { assignedSize, drowned, withRounding } from './rounding.js';
import { augment, greedyMatching, type Matching } from './shortest-augmenting-path.js';
import { matchingToAssignment } from './to-assignment.js';

/** How the search starts: see assembly/augment.ts. */
const REDUCED = 0;
const FROM_DUALS = 1;
const CAUTIOUS = 2;
/** Bytes of float64 rows that are transposed at once. */
const BLOCK_BYTES = 2 ** 18;
/**
 * The exact optimum by shortest augmenting paths in float64, for any shape and any costs; O(rows² · cols). In WebAssembly
 * (SIMD) where the engine has it.
 *
 * @param cost - `[rows, cols]`; +Infinity forbids a pair (−Infinity with `maximize`)
 * @param options - `colDual`: column duals to start from (square problems; others ignore them)
 * @throws RangeError for a NaN or an infinite gain (naming row and column), or if no complete assignment exists
 * @see Jonker & Volgenant 1987; Crouse 2016, "On implementing 2D rectangular assignment algorithms"
 */
export function jonkerVolgenant(cost: CostMatrix, options: AssignmentOptions = {}): Assignment {
  checkMatrix('jonkerVolgenant', cost);
  checkSolverOptions('jonkerVolgenant', options, cost);
  return shortestPaths('jonkerVolgenant', cost, options);
}

/** The same under the name of the function that was called. */
export function shortestPaths(fn: string, cost: CostMatrix, options: AssignmentOptions): Assignment {
  const { maximize = false, colDual } = options;
  const problem = openProblem(fn, cost, maximize);
  if (!problem) {
    const dense = denseCost(fn, cost, maximize);
    return matchingToAssignment(cost, dense, solvePlain(fn, dense), maximize);
  }
  const { rows, cols, source } = problem;
  const start = colDual !== undefined && rows === cols;
  if (start) for (let j = 0; j < cols; j++) problem.v[j] = (colDual[j] as number) * problem.factor;
  const answer = solveOpened(fn, problem, start ? FROM_DUALS : REDUCED);
  if (!drowned(assignedSize(cost, answer.rowToCol), answer.rowDual, answer.colDual))
    return withRounding(cost, answer);
  const second = solveOpened(fn, problem, CAUTIOUS);
  const better = source.sign * (second.totalCost - answer.totalCost) > 0 ? answer : second;
  const hidden = drowned(assignedSize(cost, better.rowToCol), better.rowDual, better.colDual);
  if (!hidden || rows * rows * cols > MAX_EXACT_WORK) return withRounding(cost, better);
  return withoutRounding(cost, problem, better);
}

/** A problem in WebAssembly's memory, at least as many columns as rows. */
interface Problem {
  readonly run: Kernels['run'];
  readonly buffer: ArrayBuffer;
  readonly source: CostRows;
  readonly rows: number;
  readonly cols: number;
  /** Whether its rows are the matrix's columns. */
  readonly transposed: boolean;
  /** What costs are multiplied by there. */
  readonly factor: number;
  /** The column duals to start from, and at the end. */
  readonly v: Float64Array;
}

/** @returns undefined where there is no SIMD, or not so much memory */
function openProblem(fn: string, cost: CostMatrix, maximize: boolean): Problem | undefined {
  const [givenRows, givenCols] = cost.shape as [number, number];
  const transposed = givenRows > givenCols;
  const rows = Math.min(givenRows, givenCols);
  const cols = Math.max(givenRows, givenCols);
  const source = costRows(cost, maximize);
  const simd = kernels();
  const block = Math.max(1, Math.floor(BLOCK_BYTES / (8 * Math.max(1, givenCols))));
  const blockBytes = transposed ? aligned(8 * block * givenCols) : 0;
  const bytes = simd ? blockBytes + simd.run.denseBytes(rows, cols) : Infinity;
  if (!simd || rows === 0 || bytes > MOST_MEMORY) return undefined;
  const buffer = simd.memory(bytes);
  const { run } = simd;
  run.openDense(blockBytes, rows, cols);
  if (transposed) {
    const staging = new Float64Array(buffer, 0, block * givenCols);
    for (let i = 0; i < givenRows; i += block) {
      const count = Math.min(block, givenRows - i);
      source.copy(i, count, staging);
      run.transpose(0, i, count);
    }
  }
  const width = Math.ceil(cols / 4) * 4;
  const values = new Float64Array(buffer, run.denseAddress(0), rows * width);
  // A block at a time, while it is in the cache.
  let kinds = 0;
  for (let i = 0; i < rows; i += block) {
    const count = Math.min(block, rows - i);
    if (transposed) {
      // There already.
    } else if (width === cols) source.copy(i, count, values.subarray(i * width));
    else for (let r = i; r < i + count; r++) source.copy(r, 1, values.subarray(r * width));
    kinds = run.prepare(i, count, source.sign);
  }
  if ((kinds & 3) !== 0) throw badEntry(fn, cost, maximize);
  const huge = run.largestOf() > HUGE;
  if (huge) run.prepare(0, rows, SHRINK);
  const factor = huge ? source.sign * SHRINK : source.sign;
  const v = new Float64Array(buffer, run.denseAddress(1), cols);
  return { run, buffer, source, rows, cols, transposed, factor, v };
}

/**
 * Solves an opened problem; its duals stay for the next time.
 *
 * @param how - the way to start
 */
function solveOpened(fn: string, problem: Problem, how: number): Assignment {
  const { run, buffer, source, rows, cols, transposed, factor, v } = problem;
  const unmatched = run.solveDense(how);
  if (unmatched !== -1) {
    const [side, index] = unmatched >= 0 ? ['row', unmatched] : ['column', -2 - unmatched];
    throw infeasible(fn, transposed ? (side === 'row' ? 'column' : 'row') : side, index);
  }
  const at = (which: number) => run.denseAddress(which);
  const gap = run.provenGap() / Math.abs(factor);
  const owners = new Int32Array(buffer, at(3), rows).slice();
  const places = new Int32Array(buffer, at(4), cols).slice();
  const scale = 1 / factor;
  const u = new Float64Array(buffer, at(2), rows).map((x) => x * scale);
  const w = v.map((x) => x * scale);
  const rowToCol = transposed ? places : owners;
  return {
    rowToCol,
    colToRow: transposed ? owners : places,
    totalCost: totalOf(source, rowToCol),
    rowDual: transposed ? w : u,
    colDual: transposed ? u : w,
    gap,
  };
}

/** The assigned costs as given, added up. */
function totalOf({ sign, at }: CostRows, rowToCol: Int32Array): number {
  let total = 0;
  for (let i = 0; i < rowToCol.length; i++) {
    const j = rowToCol[i] as number;
    if (j >= 0) total += sign * at(i, j);
  }
  return total;
}

/** The optimum by whole numbers, if that is less than what has been found. */
function withoutRounding(
  cost: CostMatrix,
  { source, rows, cols, transposed }: Problem,
  found: Assignment,
): Assignment {
  const { owners, rowDual, colDual } = exactPaths(rows, cols, (i, j) =>
    transposed ? source.at(j, i) : source.at(i, j),
  );
  const places = new Int32Array(cols).fill(-1);
  owners.forEach((j, i) => (places[j] = i));
  const [rowToCol, colToRow] = transposed ? [places, owners] : [owners, places];
  const totalCost = totalOf(source, rowToCol);
  if (!(source.sign * (totalCost - found.totalCost) < 0)) return withRounding(cost, found);
  const given = (dual: Float64Array) => (source.sign === 1 ? dual : dual.map((x) => -x));
  const answer = {
    rowToCol,
    colToRow,
    totalCost,
    rowDual: given(transposed ? colDual : rowDual),
    colDual: given(transposed ? rowDual : colDual),
    gap: 0,
  };
  return { ...answer, gap: certify(cost, answer, { maximize: source.sign === -1 }).gap };
}

const infeasible = (fn: string, side: string, index: number) =>
  new RangeError(
    `${fn}: cost must allow a complete assignment, got an infeasible one: ${side} ${index} ` +
      `and those that compete with it are left with too few pairs that aren't forbidden`,
  );

/** The error that names the first NaN or infinite gain. */
function badEntry(fn: string, cost: CostMatrix, maximize: boolean): RangeError {
  try {
    denseCost(fn, cost, maximize);
  } catch (error) {
    return error as RangeError;
  }
  return new RangeError(`${fn}: cost must not change while it is read`);
}

/** Shortest augmenting paths without WebAssembly, from column duals 0. */
function solvePlain(fn: string, dense: DenseCost): Matching {
  const { rows, cols, values } = dense;
  const matching = greedyMatching(values, rows, cols, new Float64Array(cols));
  const unmatched = augment(values, rows, cols, matching);
  if (unmatched !== -1) throw infeasible(fn, dense.transposed ? 'column' : 'row', unmatched);
  return matching;
}
