import {
  type AssignmentSolver,
  auction,
  greedy,
  hungarianOn3,
  jonkerVolgenant,
  sinkhorn,
  solveAssignment,
} from '@immiscible/assignment';
import hungarian from 'hungarian-on3';

const solvers: Record<string, AssignmentSolver> = {
  solveAssignment,
  auction,
  jonkerVolgenant,
  greedy,
  sinkhorn,
  hungarianOn3: hungarianOn3(hungarian),
};
export const named = Object.entries(solvers);
