export { type Batch, type BatchSource, type BatchTransform, type Images } from './batch.js';
export { check, checkInteger, checkSameShape, describe } from './checks.js';
export { log } from './log.js';
export { type ApplyOptions, type Model, type Params } from './model.js';
export { type HostInputs, type Objective, type Tensors } from './objective.js';
export {
  type GradientTransformation,
  type Scalars,
  type ScalarTensors,
  type WeightAverage,
} from './optimizer.js';
export { philox4x32 } from './philox.js';
export { createRng, Rng, type RngState } from './rng.js';
export { decodeSafetensors, encodeSafetensors, type SafetensorsContent } from './safetensors.js';
export { type SafetensorsDtype, type SafetensorsEntry } from './safetensors-dtype.js';
export { type Compile, type Jitted, type Step, type TensorTree } from './step.js';
export { isLeaf, type Tree, treeEntries, treeFromEntries, treeLeaves, treeMap } from './tree.js';
