declare module 'hungarian-on3' {
  /** Pairs of row and column of least total cost; square matrices only. */
  export default function hungarian(cost: number[][]): [row: number, col: number][];
}
