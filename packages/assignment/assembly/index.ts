export { bid, bidsMade, openPhase, resetBids } from './bid';
export { differences } from './differences';
export { want } from './estimate';
export { accumulate, ingest, renew, squaresOf } from './ingest';
export { raise, shorten } from './list';
export { products } from './products';
export { addressOf, bytes, open } from './state';
export {
  denseAddress,
  denseBytes,
  largestOf,
  openDense,
  prepare,
  provenGap,
  solveDense,
  transpose,
} from './augment';
