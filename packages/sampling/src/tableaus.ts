/** An explicit Runge-Kutta method. */
export interface Tableau {
  /** Of the global error. */
  readonly order: number;
  /** How far along the step each stage is: 0 first. */
  readonly nodes: readonly number[];
  /** The shares of the derivatives before it in where each stage is: row i has i of them. */
  readonly rows: readonly (readonly number[])[];
  /** Their shares in the result. */
  readonly weights: readonly number[];
}

/** An explicit Runge-Kutta method whose next step begins with the derivative at the end of the last, with an estimate of its error. */
export interface EmbeddedTableau extends Tableau {
  /** The result minus that of the other order, as shares of all derivatives: those of the stages and the one at the end. */
  readonly error: readonly number[];
}

/** One evaluation a step. In a process of noise levels it is DDIM. */
export const EULER: Tableau = { order: 1, nodes: [0], rows: [[]], weights: [1] };

/** All the way with the derivative half-way: never asks at the end of a step. */
export const MIDPOINT: Tableau = { order: 2, nodes: [0, 1 / 2], rows: [[], [1 / 2]], weights: [0, 1] };

/** The mean of the derivatives at both ends: EDM's. */
export const HEUN: Tableau = { order: 2, nodes: [0, 1], rows: [[], [1]], weights: [1 / 2, 1 / 2] };

/** The method of two stages whose error is bounded best. @see Ralston 1962 (doi:10.1090/S0025-5718-1962-0150954-0) */
export const RALSTON: Tableau = {
  order: 2,
  nodes: [0, 2 / 3],
  rows: [[], [2 / 3]],
  weights: [1 / 4, 3 / 4],
};

/** The classical method. @see Kutta 1901 */
export const CLASSIC_4: Tableau = {
  order: 4,
  nodes: [0, 1 / 2, 1 / 2, 1],
  rows: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
  weights: [1 / 6, 1 / 3, 1 / 3, 1 / 6],
};

/** Of order 5 with an estimate of order 4. @see Dormand & Prince 1980 (doi:10.1016/0771-050X(80)90013-3) */
export const DORMAND_PRINCE: EmbeddedTableau = {
  order: 5,
  nodes: [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1],
  rows: [
    [],
    [1 / 5],
    [3 / 40, 9 / 40],
    [44 / 45, -56 / 15, 32 / 9],
    [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
    [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  ],
  weights: [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
  error: [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40],
};
