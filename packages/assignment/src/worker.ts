import ndarray from 'ndarray';
import type { Assignment, CostMatrix } from './assignment.js';
import { auction } from './auction.js';
import { greedy } from './greedy.js';
import { jonkerVolgenant } from './jonker-volgenant.js';
import type { PoolTask } from './pool-task.js';
import { solveAssignment } from './solve.js';

const solvers = { auto: solveAssignment, auction, jonkerVolgenant, greedy };

/** Solves one problem of an {@link assignmentPool}; the script of its workers. */
export default function solve({
  data,
  shape,
  stride,
  offset,
  solver,
  maximize,
  colDual,
}: PoolTask): Assignment {
  const cost = ndarray(data as Float64Array, shape, stride, offset) as CostMatrix;
  return solvers[solver](cost, { maximize, colDual });
}
