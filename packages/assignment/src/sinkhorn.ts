import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import type { Assignment, AssignmentOptions, CostMatrix } from './assignment.js';
import { checkMatrix, checkValues, SOLVER_OPTIONS } from './check-matrix.js';
import { denseCost } from './dense-cost.js';
import { matchingToAssignment } from './to-assignment.js';
import { cheapestFirst } from './cheapest-first.js';

/** Costs further from 0 than so many ε are reduced first. */
const FAR = 2 ** 24;

/** Options of {@link sinkhorn}. */
export interface SinkhornOptions extends AssignmentOptions {
  /** Entropic regularization, in the units of the cost. @defaultValue 0.01 standard deviations of the costs */
  readonly epsilon?: number;
  /** Ends when no column's mass is further from 1 than this (rows' masses are exact). @defaultValue 1e-3 */
  readonly tolerance?: number;
  /** @defaultValue 1000 */
  readonly maxIterations?: number;
}

/** Entropic transport between rows and columns of mass 1 each, and the matching it is rounded to. */
export interface SinkhornResult extends Assignment {
  /** Whether `tolerance` was reached within `maxIterations`. */
  readonly converged: boolean;
  /** How many iterations were done. */
  readonly iterations: number;
  /** Largest deviation of a column's mass from 1. */
  readonly error: number;
  /** float64 row-major `[rows, cols]`: the plan `exp((u[i] + v[j] − c[i,j]) / ε)`; rows add up to 1. */
  readonly plan: Float64Array;
}

/**
 * Entropic optimal transport in the log domain, rounded to a permutation: rows take columns in descending order of their plan's entries.
 * An approximation; `gap` bounds its distance from the optimum, with the (c-transformed) potentials as duals. Square matrices only.
 *
 * `u[i] ← −ε·log Σ_j exp((v[j] − c[i,j])/ε)`, `v[j] ← −ε·log Σ_i exp((u[i] − c[i,j])/ε)`
 *
 * @param cost - `[n, n]`; +Infinity forbids a pair
 * @param options - strength of the entropy and when to stop
 * @throws RangeError if the matrix isn't square, for a NaN or an infinite gain, bad options, or if forbidden pairs leave a row or a
 *   column empty or block the rounding
 * @see Cuturi 2013 (arXiv:1306.0895); Peyré & Cuturi 2019, Remark 4.22, for the log domain
 */
export function sinkhorn(cost: CostMatrix, options: SinkhornOptions = {}): SinkhornResult {
  const fn = 'sinkhorn';
  checkMatrix(fn, cost);
  checkOptions(fn, options, {
    ...SOLVER_OPTIONS,
    epsilon: true,
    tolerance: true,
    maxIterations: true,
  } satisfies OptionKeys<SinkhornOptions>);
  checkValues(fn, options, cost);
  const { maximize = false, tolerance = 1e-3, maxIterations = 1000 } = options;
  const dense = denseCost(fn, cost, maximize);
  const { rows: n, cols, values } = dense;
  if (n !== cols) throw new RangeError(`${fn}: cost must be square, got shape [${cost.shape.join(',')}]`);
  const epsilon = (options.epsilon ?? 0.01 * deviation(values)) * Math.abs(dense.factor) || 1;
  check(epsilon > 0 && epsilon < Infinity, fn, 'epsilon', 'positive', options.epsilon);
  check(tolerance > 0, fn, 'tolerance', 'positive', tolerance);
  check(maxIterations >= 1, fn, 'maxIterations', 'at least 1', maxIterations);

  // Costs that are huge beside ε would leave exponents without digits; what rows and columns have in common changes no plan.
  const shifts = values.some((x) => Math.abs(x) > FAR * epsilon && x < Infinity)
    ? reduce(values, n)
    : undefined;
  const u = new Float64Array(n);
  const v = new Float64Array(n);
  const problem: Entropic = { n, values, epsilon, u, v };
  const next = new Float64Array(n);
  let error = n === 0 ? 0 : Infinity;
  let iterations = 0;
  while (error > tolerance && iterations < maxIterations) {
    iterations++;
    setRows(problem);
    error = nextColumns(problem, next);
    // Not yet into v where it ends: the last update would spoil the rows' masses.
    if (error > tolerance && iterations < maxIterations) v.set(next);
  }
  const { plan, order } = planOf(problem);
  const matching = cheapestFirst(fn, { values: order, rows: n, cols: n, transposed: false });
  if (shifts) {
    shifts.rows.forEach((shift, i) => (u[i] = (u[i] as number) + shift));
    shifts.cols.forEach((shift, j) => (v[j] = (v[j] as number) + shift));
  }
  const assignment = matchingToAssignment(cost, dense, { ...matching, rowDual: u, colDual: v }, maximize);
  return { ...assignment, plan, converged: error <= tolerance, iterations, error };
}

/** A square problem with its potentials. */
interface Entropic {
  readonly n: number;
  readonly values: Float64Array;
  readonly epsilon: number;
  readonly u: Float64Array;
  readonly v: Float64Array;
}

/** `u[i] ← −ε·log Σ_j exp((v[j] − c[i,j])/ε)` */
function setRows({ n, values, epsilon, u, v }: Entropic): void {
  for (let i = 0; i < n; i++) {
    let largest = -Infinity;
    for (let j = 0, k = i * n; j < n; j++, k++) {
      const x = (v[j] as number) - (values[k] as number);
      if (x > largest) largest = x;
    }
    if (largest === -Infinity)
      throw new RangeError(`sinkhorn: cost must allow a pair in each row, got none in row ${i}`);
    let sum = 0;
    for (let j = 0, k = i * n; j < n; j++, k++) {
      sum += Math.exp(((v[j] as number) - (values[k] as number) - largest) / epsilon);
    }
    u[i] = -largest - epsilon * Math.log(sum);
  }
}

/**
 * `v[j] ← −ε·log Σ_i exp((u[i] − c[i,j])/ε)`, row by row as the memory lies.
 *
 * @param next - gets the new v
 * @returns the largest deviation of a column's mass from 1, with v as it is
 */
function nextColumns({ n, values, epsilon, u, v }: Entropic, next: Float64Array): number {
  const most = new Float64Array(n).fill(-Infinity);
  for (let i = 0, k = 0; i < n; i++) {
    for (let j = 0; j < n; j++, k++) {
      const x = (u[i] as number) - (values[k] as number);
      if (x > (most[j] as number)) most[j] = x;
    }
  }
  const sums = next.fill(0);
  for (let i = 0, k = 0; i < n; i++) {
    for (let j = 0; j < n; j++, k++) {
      sums[j] =
        (sums[j] as number) +
        Math.exp(((u[i] as number) - (values[k] as number) - (most[j] as number)) / epsilon);
    }
  }
  let error = 0;
  for (let j = 0; j < n; j++) {
    if (most[j] === -Infinity)
      throw new RangeError(`sinkhorn: cost must allow a pair in each column, got none in column ${j}`);
    next[j] = -(most[j] as number) - epsilon * Math.log(sums[j] as number);
    error = Math.max(error, Math.abs(Math.exp(((v[j] as number) - (next[j] as number)) / epsilon) - 1));
  }
  return error;
}

/** `exp((u[i] + v[j] − c[i,j])/ε)`, and what the largest of them is the least of. */
function planOf({ n, values, epsilon, u, v }: Entropic): { plan: Float64Array; order: Float64Array } {
  const plan = new Float64Array(n * n);
  const order = new Float64Array(n * n);
  for (let i = 0, k = 0; i < n; i++) {
    for (let j = 0; j < n; j++, k++) {
      const exponent = ((u[i] as number) + (v[j] as number) - (values[k] as number)) / epsilon;
      plan[k] = Math.exp(exponent);
      order[k] = -exponent;
    }
  }
  return { plan, order };
}

/** Subtracts the least cost of each row, then of each column, in place. */
function reduce(values: Float64Array, n: number): { rows: Float64Array; cols: Float64Array } {
  const rows = new Float64Array(n).fill(Infinity);
  const cols = new Float64Array(n).fill(Infinity);
  const least = (of: Float64Array, k: number, x: number) => {
    if (x < (of[k] as number)) of[k] = x;
  };
  for (let k = 0; k < values.length; k++) least(rows, Math.floor(k / n), values[k] as number);
  const zero = (x: number) => (x < Infinity ? x : 0);
  for (let k = 0; k < values.length; k++) {
    values[k] = (values[k] as number) - zero(rows[Math.floor(k / n)] as number);
    least(cols, k % n, values[k] as number);
  }
  for (let k = 0; k < values.length; k++) values[k] = (values[k] as number) - zero(cols[k % n] as number);
  return { rows: rows.map(zero), cols: cols.map(zero) };
}

function deviation(values: Float64Array): number {
  let count = 0;
  let sum = 0;
  let most = 0;
  for (const x of values) {
    if (x === Infinity) continue;
    most = Math.max(most, Math.abs(x));
    count++;
  }
  if (most === 0) return 0;
  // In shares of the largest: sums and squares of huge costs would overflow, of tiny ones vanish.
  for (const x of values) if (x < Infinity) sum += x / most;
  const mean = sum / count;
  let squares = 0;
  for (const x of values) if (x < Infinity) squares += (x / most - mean) ** 2;
  return most * Math.sqrt(squares / count);
}
