/** Solvers by name: functions don't travel to workers. */
export type SolverName = 'auto' | 'auction' | 'jonkerVolgenant' | 'greedy';

/** What a worker gets: a matrix in pieces that can be cloned. */
export interface PoolTask {
  readonly data: Float64Array | Float32Array | Int32Array | number[];
  readonly shape: number[];
  readonly stride: number[];
  readonly offset: number;
  readonly solver: SolverName;
  readonly maximize: boolean;
  readonly colDual?: Float64Array | undefined;
}
