import { Tinypool } from 'tinypool';
import type { Assignment, AssignmentOptions, CostMatrix } from './assignment.js';
import { type CostBatch, matricesOf } from './batch.js';
import type { PoolTask, SolverName } from './pool-task.js';

export interface AssignmentPoolOptions {
  /** Most workers at a time; none is started before the first problem. @defaultValue tinypool's: the machine's cores */
  readonly threads?: number;
  /** The workers' script, for bundlers that put it elsewhere. @defaultValue this package's `worker.js` */
  readonly worker?: URL;
}

export interface PoolSolveOptions extends AssignmentOptions {
  /** @defaultValue 'auto', {@link solveAssignment}'s choice */
  readonly solver?: SolverName;
  /**
   * Hands the costs' memory over instead of copying it: the matrix can't be used afterwards. Matrices in a SharedArrayBuffer aren't
   * copied either way.
   * @defaultValue false
   */
  readonly transfer?: boolean;
}

/** Threads that solve assignment problems. */
export interface AssignmentPool {
  /** As `solveAssignment`, in a worker: the same answer, and the same errors as rejections. */
  solve(cost: CostMatrix, options?: PoolSolveOptions): Promise<Assignment>;
  /** Several problems, as many at a time as there are threads. */
  solveBatch(costs: readonly CostMatrix[] | CostBatch, options?: PoolSolveOptions): Promise<Assignment[]>;
  /** Ends the workers; problems that wait are rejected. */
  close(): Promise<void>;
}

/**
 * A pool of worker threads (Node), for many problems, large ones, or a thread that mustn't stop. In a browser call `solveAssignment` in
 * a worker of yours: it runs there unchanged.
 *
 * @example
 * const pool = assignmentPool({ threads: 2 });
 * const { rowToCol } = await pool.solve(cost);
 * await pool.close();
 */
export function assignmentPool(options: AssignmentPoolOptions = {}): AssignmentPool {
  const { threads, worker = new URL('./worker.js', import.meta.url) } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw new RangeError(`assignmentPool: threads must be a positive integer, got ${threads}`);
  }
  const pool = new Tinypool({
    filename: worker.href,
    minThreads: 0,
    ...(threads === undefined ? {} : { maxThreads: threads }),
    // Workers keep their compiled code for the next problem.
    idleTimeout: 10_000,
  });
  const solve = (cost: CostMatrix, given: PoolSolveOptions = {}): Promise<Assignment> => {
    const { solver = 'auto', maximize = false, colDual, transfer = false } = given;
    const { data, shape, stride, offset } = cost;
    const task: PoolTask = { data, shape, stride, offset, solver, maximize, colDual };
    const buffer = ArrayBuffer.isView(data) ? data.buffer : undefined;
    const transferList = transfer && buffer instanceof ArrayBuffer ? [buffer] : [];
    return pool.run(task, { transferList }) as Promise<Assignment>;
  };
  return {
    solve,
    async solveBatch(costs, given) {
      const matrices = matricesOf('solveBatch', costs);
      // Views of one array would each take all of it along.
      const own = matrices.map((cost) => ('shape' in costs ? compact(cost) : cost));
      return Promise.all(own.map((cost) => solve(cost, given)));
    },
    close: () => pool.destroy(),
  };
}

/** A matrix whose array holds it alone, if rows lie one after the other. */
function compact(cost: CostMatrix): CostMatrix {
  const [rows, cols] = cost.shape as [number, number];
  const [rowStride, colStride] = cost.stride as [number, number];
  if (colStride !== 1 || rowStride !== cols || !ArrayBuffer.isView(cost.data)) return cost;
  const data = cost.data.slice(cost.offset, cost.offset + rows * cols);
  return { data, shape: cost.shape, stride: cost.stride, offset: 0 } as unknown as CostMatrix;
}
