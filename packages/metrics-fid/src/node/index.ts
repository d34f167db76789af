export {
  compare,
  compareFeatures,
  type Comparison,
  type FeatureMetrics,
  type FeatureMetricsOptions,
} from './compare.js';
export { fetchInception, inceptionPath, loadInception } from './inception-file.js';
export { measure, type MeasureOptions } from './measure.js';
export {
  type FileStatistics,
  type NpzContent,
  readFeatures,
  readFidNpz,
  writeStatistics,
} from './npz-file.js';
export { readTorchCheckpoint, type TorchCheckpoint } from './torch-checkpoint.js';
