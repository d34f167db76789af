export {
  compare,
  type CompareOptions,
  compareSpatial,
  type Comparison,
  type SpatialDistance,
} from './compare.js';
export {
  compareFeatures,
  type FeatureMetrics,
  type FeatureMetricsOptions,
  needsFeatures,
} from './compare-features.js';
export { extractorFromModule } from './extractor-module.js';
export { fetchInception, inceptionPath, loadInception } from './inception-file.js';
export { measure, type MeasureOptions } from './measure.js';
export { type Metric } from './metric-names.js';
export {
  type FileStatistics,
  type NpzContent,
  type NpzImages,
  readFeatures,
  readFidNpz,
  writeStatistics,
} from './npz-file.js';
export { readTorchCheckpoint, type TorchCheckpoint } from './torch-checkpoint.js';
