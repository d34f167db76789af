export { type BootstrapInterval, bootstrapInterval, type BootstrapOptions } from './bootstrap.js';
export { fashionFeatures, type FashionFeaturesOptions } from './fashion-features.js';
export { type FeatureExtractor } from './feature-extractor.js';
export { type Features } from './features.js';
export { frechetDistance, type Gaussian } from './frechet-distance.js';
export { type FrechetInfinity, frechetInfinity, type FrechetInfinityOptions } from './frechet-infinity.js';
export { frechetResult, type FrechetResult } from './frechet-result.js';
export { imageStatistics, type ImageStatistics } from './image-statistics.js';
export { type InceptionExtractor, inceptionFeatures } from './inception-features.js';
export { type InceptionFeatureLayer } from './inception-layers.js';
export { type InceptionFeaturesOptions } from './inception-options.js';
export { type ResizeMode } from './inception-resize.js';
export { INCEPTION_SHA256 } from './inception-sha256.js';
export { type InceptionScore, inceptionScore, type InceptionScoreOptions } from './inception-score.js';
export { type CheckpointTensors } from './inception-weights.js';
export {
  type Kernel,
  type KernelDistance,
  kernelDistance,
  type KernelDistanceOptions,
} from './kernel-distance.js';
export { type ManifoldMetrics, manifoldMetrics, type ManifoldMetricsOptions } from './manifold-metrics.js';
export { type Memorization, memorization, type MemorizationOptions } from './memorization.js';
export { mongeDistance, type MongeDistanceOptions } from './monge-distance.js';
export { type PathLength, pathLength, type PathLengthOptions } from './path-length.js';
export { randomFeatures, type RandomFeaturesOptions } from './random-features.js';
export { type Statistics, statistics, StreamingStatistics } from './statistics.js';
export { decodeStatistics, encodeStatistics } from './statistics-file.js';
export { valueFeatures, type ValueFeaturesOptions } from './value-features.js';
