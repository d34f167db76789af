export { hasKernel } from './has-kernel.js';
export {
  type BackendName,
  selectBackend,
  type SelectBackendOptions,
  type SelectedBackend,
} from './select-backend.js';
export { registerTrainingKernels } from './training-kernels.js';
