export {
  ArgumentError,
  argumentMessage,
  type ArgumentProblem,
  type OptionMention,
  type Wording,
  wordingText,
} from './argument-error.js';
export { type Batch, type BatchSource, type BatchTransform, type Images } from './batch.js';
export { byteLimit, checkBytes } from './byte-limit.js';
export { check, checkInteger, checkSameShape, describe } from './checks.js';
export { roundToHalf } from './half.js';
export { checkLabels, NO_CLASS } from './labels.js';
export { log } from './log.js';
export { meanRowDistance } from './mean-row-distance.js';
export { nearestName } from './nearest-name.js';
export { checkOptions, type OptionKeys } from './options.js';
export { philox4x32 } from './philox.js';
export { checkRng, createRng, Rng, type RngState } from './rng.js';
export { checkNdArray, type Elements, rowMajor } from './row-major.js';
export { isLeaf, type Tree, treeEntries, treeFromEntries, treeLeaves, treeMap } from './tree.js';
