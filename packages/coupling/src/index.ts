export { chain } from './chain.js';
export { type CostName, type PairCost, quantizedL2, type QuantizedL2Options } from './cost.js';
export { coupledWhere, type Prepares } from './coupled-where.js';
export {
  type ClassSkew,
  type CouplingReport,
  describeCoupling,
  type Deviations,
  formatCoupling,
} from './describe-coupling.js';
export { flippedAssignment } from './flipped-assignment.js';
export { imageScaling, type ImageScaling } from './image-scaling.js';
export { independent } from './independent.js';
export { linearAssignment, type LinearAssignmentOptions } from './linear-assignment.js';
export { miscibility, type Miscibility, type MiscibilityOptions } from './miscibility.js';
export { nearestNoise, type NearestNoiseOptions } from './nearest-noise.js';
export { distanceDrop, meanDistance, noiseMoments, type NoiseMoments } from './reports.js';
export { rollingAssignment, type RollingAssignmentOptions } from './rolling-assignment.js';
export { rollAssignment, type RollAssignmentOptions, type Rolled, type RollingPool } from './rolling-pool.js';
export { sinkhornCoupling, type SinkhornCouplingOptions } from './sinkhorn-coupling.js';
export { withinClasses } from './within-classes.js';
