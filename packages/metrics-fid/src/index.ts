export { fashionFeatures, type FashionFeaturesOptions } from './fashion-features.js';
export { type FeatureExtractor } from './feature-extractor.js';
export { frechetDistance } from './frechet-distance.js';
export { frechetResult, type FrechetResult } from './frechet-result.js';
export { imageStatistics, type ImageStatistics } from './image-statistics.js';
export {
  type InceptionExtractor,
  inceptionFeatures,
  type InceptionFeaturesOptions,
} from './inception-features.js';
export { type ResizeMode } from './inception-resize.js';
export { type CheckpointTensors } from './inception-weights.js';
export { type Statistics, statistics, StreamingStatistics } from './statistics.js';
export { decodeStatistics, encodeStatistics } from './statistics-file.js';
