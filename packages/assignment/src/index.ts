export { assignPoints, type AssignPointsOptions } from './assign-points.js';
export {
  type Assignment,
  type AssignmentOptions,
  type AssignmentSolver,
  type CostMatrix,
} from './assignment.js';
export { auction } from './auction.js';
export { type CostBatch, solveBatch } from './batch.js';
export { type Certificate, certify } from './certify.js';
export { greedy } from './greedy.js';
export { hungarianOn3, type HungarianOn3 } from './hungarian-on3.js';
export { jonkerVolgenant } from './jonker-volgenant.js';
export { linearSumAssignment } from './linear-sum-assignment.js';
export { makeSolver, type SolverProblem } from './make-solver.js';
export { type Metric, pairwiseDistance, type PairwiseDistanceOptions } from './pairwise-distance.js';
export { type Matching } from './shortest-augmenting-path.js';
export { sinkhorn, type SinkhornOptions, type SinkhornResult } from './sinkhorn.js';
export { solveAssignment, type SolveOptions } from './solve.js';
