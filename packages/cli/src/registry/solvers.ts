import {
  type AssignmentSolver,
  auction,
  hungarianOn3,
  jonkerVolgenant,
  solveAssignment,
} from '@immiscible/assignment';
import hungarian from 'hungarian-on3';

/** The assignment solvers that a config can name. A new one is a line here. */
export const solvers: {
  readonly auto: AssignmentSolver;
  readonly jonkerVolgenant: AssignmentSolver;
  readonly auction: AssignmentSolver;
  readonly hungarianOn3: AssignmentSolver;
} = {
  /** Chosen by the size of the matrix. */
  auto: solveAssignment,
  jonkerVolgenant,
  auction,
  hungarianOn3: hungarianOn3(hungarian),
};

export type SolverName = keyof typeof solvers;

export const solverNames: readonly [SolverName, ...SolverName[]] = [
  'auto',
  ...(Object.keys(solvers) as SolverName[]).filter((name) => name !== 'auto'),
];
