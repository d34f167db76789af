import {
  type AssignmentSolver,
  auction,
  hungarianOn3,
  jonkerVolgenant,
  solveAssignment,
} from '@immiscible/assignment';
import hungarian from 'hungarian-on3';

/** The assignment solvers that a config can name; `auto` chooses by the size of the matrix. A new one is a line here. */
export const assignmentSolvers = {
  auto: solveAssignment,
  jonkerVolgenant,
  auction,
  hungarianOn3: hungarianOn3(hungarian),
} satisfies Record<string, AssignmentSolver>;

/** A word of {@link assignmentSolvers}. */
export type AssignmentSolverName = keyof typeof assignmentSolvers;

export const assignmentSolverNames = Object.keys(assignmentSolvers) as AssignmentSolverName[];
