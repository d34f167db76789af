export { fashionFeatures, type FashionFeaturesOptions } from './fashion-features.js';
export { type FeatureExtractor } from './feature-extractor.js';
export { frechetDistance } from './frechet-distance.js';
export { frechetResult, type FrechetResult } from './frechet-result.js';
export { imageStatistics, type ImageStatistics } from './image-statistics.js';
export { type Statistics, statistics, StreamingStatistics } from './statistics.js';
export { decodeStatistics, encodeStatistics } from './statistics-file.js';
