declare module 'hungarian-on3' {
  export default function hungarian(cost: number[][]): [row: number, col: number][];
}
