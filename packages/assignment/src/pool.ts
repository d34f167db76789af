import { check, checkInteger, checkOptions, describe, type OptionKeys } from '@immiscible/core';
import { workerFlags } from '@immiscible/core/node';
import { Tinypool } from 'tinypool';
import type { Assignment, AssignmentOptions, CostMatrix } from './assignment.js';
import { type CostBatch, matricesOf } from './batch.js';
import { checkMatrix, checkValues, SOLVER_OPTIONS } from './check-matrix.js';
import type { PoolTask, SolverName } from './pool-task.js';

/** Options of {@link assignmentPool}. */
export interface AssignmentPoolOptions {
  /** Most workers at a time; none is started before the first problem. @defaultValue tinypool's: the machine's cores */
  readonly threads?: number;
  /** The workers' script, for bundlers that put it elsewhere. @defaultValue this package's `worker.js` */
  readonly worker?: URL;
}

/** Options of a pool's `solve` and `solveBatch`. */
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
  /** As `solveAssignment`, in a worker: the same answer, and the same errors as rejections; also if the worker ends before it answers. */
  solve(cost: CostMatrix, options?: PoolSolveOptions): Promise<Assignment>;
  /** Several problems, as many at a time as there are threads. */
  solveBatch(costs: readonly CostMatrix[] | CostBatch, options?: PoolSolveOptions): Promise<Assignment[]>;
  /** Ends the workers; problems that are being solved or wait are rejected. */
  close(): Promise<void>;
}

const SOLVERS: readonly SolverName[] = ['auto', 'auction', 'jonkerVolgenant', 'greedy'];
const SOLVE_OPTIONS: OptionKeys<PoolSolveOptions> = { ...SOLVER_OPTIONS, solver: true, transfer: true };

/**
 * A pool of worker threads (Node), for many problems, large ones, or a thread that mustn't stop. In a browser call `solveAssignment` in
 * a worker of yours: it runs there unchanged.
 *
 * @param options - how many threads, and their script
 * @throws RangeError for an unknown option, or no threads; from its functions, as rejections, for what `solveAssignment` refuses
 * @example
 * const pool = assignmentPool({ threads: 2 });
 * const { rowToCol } = await pool.solve(cost);
 * await pool.close();
 */
export function assignmentPool(options: AssignmentPoolOptions = {}): AssignmentPool {
  const fn = 'assignmentPool';
  checkOptions(fn, options, { threads: true, worker: true } satisfies OptionKeys<AssignmentPoolOptions>);
  const { threads, worker = new URL('./worker.js', import.meta.url) } = options;
  if (threads !== undefined) checkInteger(fn, 'threads', threads, 1);
  if (!(worker instanceof URL)) {
    throw new TypeError(
      `${fn}: worker must be the URL of a script, got ${describe(worker)}; new URL(path, import.meta.url) makes one`,
    );
  }
  const workers = openWorkers(worker, threads);
  const run = (cost: CostMatrix, given: PoolSolveOptions): Promise<Assignment> => {
    const { solver = 'auto', maximize = false, colDual, transfer = false } = given;
    const { data, shape, stride, offset } = cost;
    const task: PoolTask = { data, shape, stride, offset, solver, maximize, colDual };
    const buffer = ArrayBuffer.isView(data) ? data.buffer : undefined;
    return workers.run(task, transfer && buffer instanceof ArrayBuffer ? [buffer] : []);
  };
  return {
    async solve(cost, given = {}) {
      checkMatrix('solve', cost);
      checkPoolOptions('solve', given);
      checkValues('solve', given, cost);
      return run(cost, given);
    },
    async solveBatch(costs, given = {}) {
      checkPoolOptions('solveBatch', given);
      const matrices = matricesOf('solveBatch', costs);
      matrices.forEach((cost) => checkValues('solveBatch', given, cost));
      // Views of one array would each take all of it along.
      const own = matrices.map((cost) => ('shape' in costs ? compact(cost) : cost));
      return Promise.all(own.map((cost) => run(cost, given)));
    },
    close: workers.close,
  };
}

/** Worker threads, each started for its first task. */
interface Workers {
  run(task: PoolTask, transferList: ArrayBuffer[]): Promise<Assignment>;
  close(): Promise<void>;
}

function openWorkers(script: URL, threads: number | undefined): Workers {
  const fn = 'assignmentPool';
  const execArgv = workerFlags(process.execArgv);
  const pool = new Tinypool({
    filename: script.href,
    minThreads: 0,
    ...(threads === undefined ? {} : { maxThreads: threads }),
    ...(execArgv && { execArgv }),
    // Workers keep their compiled code for the next problem.
    idleTimeout: 10_000,
  });
  // A worker that fails with no problem in hand, between two or while it starts. Those that waited for it go to another, once.
  let failure: unknown;
  pool.on('error', (error: unknown) => {
    failure = error;
    pool.cancelPendingTasks();
  });

  // Problems wait here, not in tinypool: its queue stands still once a worker has ended.
  const turns = createTurns(pool.options.maxThreads);
  let closed = false;
  return {
    async run(task, transferList) {
      await turns.take();
      try {
        check(!closed, fn, 'pool', 'open', 'a closed one', 'make another');
        const attempt = (): Promise<Assignment> => {
          const answer = pool.run(task, { transferList }) as Promise<Assignment>;
          watch(pool);
          return answer;
        };
        return await attempt().catch((error: unknown) => {
          if (isCancelled(error) && !closed) return attempt();
          throw error;
        });
      } catch (error) {
        if (isCancelled(error) && failure instanceof Error) {
          throw new Error(`${fn}: worker must start, got "${failure.message}"`, { cause: failure });
        }
        if (error instanceof Error) throw error;
        throw new Error(`${fn}: worker must return an assignment, got ${describe(error)} thrown`, {
          cause: error,
        });
      } finally {
        turns.release();
      }
    },
    async close() {
      closed = true;
      await pool.destroy();
    },
  };
}

/** Turns for so many at a time, first come, first served. */
function createTurns(count: number): { take(): Promise<void> | undefined; release(): void } {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    take() {
      if (free > 0) return void free--;
      return new Promise((resolve) => waiting.push(resolve));
    },
    release() {
      const next = waiting.shift();
      if (next) next();
      else free++;
    },
  };
}

/** @throws RangeError for an option that a pool's functions haven't, or a value that can't be */
function checkPoolOptions(call: string, given: PoolSolveOptions): void {
  checkOptions(call, given, SOLVE_OPTIONS);
  const { solver, transfer } = given;
  const names = SOLVERS.map((name) => `"${name}"`).join(', ');
  check(
    solver === undefined || SOLVERS.includes(solver),
    call,
    'solver',
    `one of ${names}`,
    solver,
    'functions do not travel to threads',
  );
  check(transfer === undefined || typeof transfer === 'boolean', call, 'transfer', 'true or false', transfer);
}

const isCancelled = (error: unknown): boolean => error instanceof Error && error.name === 'CancelError';

const watched = new WeakSet<object>();

/**
 * Makes an end of a worker (`process.exit` in it, say) an error of it: tinypool listens to errors alone, and would wait for the answer, and for
 * the end, for ever.
 */
function watch(pool: Tinypool): void {
  for (const worker of pool.threads) {
    if (watched.has(worker)) continue;
    watched.add(worker);
    worker.once('exit', (code: unknown) => {
      // One that the pool has ended, or that has failed already, is no longer among them.
      if (!pool.threads.includes(worker)) return;
      const error = new Error(
        `assignmentPool: worker must answer before it ends, got the end of its thread (exit code ${String(code)})`,
      );
      // Its wait for the end, which has been, is over as soon as it begins.
      worker.emit('error', error);
    });
  }
}

/** A matrix whose array holds it alone, if rows lie one after the other. */
function compact(cost: CostMatrix): CostMatrix {
  const [rows, cols] = cost.shape as [number, number];
  const [rowStride, colStride] = cost.stride as [number, number];
  if (colStride !== 1 || rowStride !== cols || !ArrayBuffer.isView(cost.data)) return cost;
  const data = cost.data.slice(cost.offset, cost.offset + rows * cols);
  return { data, shape: cost.shape, stride: cost.stride, offset: 0 } as unknown as CostMatrix;
}
