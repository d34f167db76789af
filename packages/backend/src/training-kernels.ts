import type { BackendName } from './select-backend.js';

/** Registers kernels that a backend lacks or has wrong. */
export function registerTrainingKernels(_backend?: BackendName): void {}
