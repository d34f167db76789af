/** The npm package `hungarian-on3`, which comes without types: square costs in [0, 2^30), pairs [row, column] of least total cost. */
declare module 'hungarian-on3' {
  export default function hungarian(cost: number[][]): [row: number, col: number][];
}
