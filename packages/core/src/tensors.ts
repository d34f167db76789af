// The contracts that speak of tensors, apart from the rest: who takes `@immiscible/core` alone needs no types of
// TensorFlow.js.
export { type ApplyOptions, type Model, type Params } from './model.js';
export { type HostInputs, type Objective, type Tensors } from './objective.js';
export {
  type GradientTransformation,
  type Scalars,
  type ScalarTensors,
  type WeightAverage,
} from './optimizer.js';
export { type Compile, type Jitted, type Step, type TensorTree } from './step.js';
