import { EngineError, reasonOf } from './engine-error.js';
import type { KernelsState } from './node/kernels-state.js';
import { loadKernels } from './node/load-kernels.js';
import { loadNative } from './node/load-native.js';
import { nativePackages } from './node/packages.js';

/** A native engine that is loaded; TF.js knows its backend as `tensorflow`. */
export interface NativeEngine {
  /** Version of libtensorflow. */
  readonly version: string;
  /** What it is, in words. */
  readonly description: string;
  /** Loads the kernels of our own that lie beside it; their names, or why there are none. */
  loadKernels(): KernelsState;
}

/**
 * Loads the first tfjs-node that loads.
 *
 * @throws Error with the reason of each that is there and doesn't
 */
export function loadNativeEngine(): NativeEngine {
  const packages = nativePackages();
  if (packages.length === 0)
    throw new Error('neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed');
  const reasons: string[] = [];
  for (const found of packages) {
    if (!found.addon) {
      reasons.push(`${found.name} has no addon yet`);
      continue;
    }
    try {
      const { tensorflow, usesGpu } = loadNative(found);
      return {
        loadKernels: () => loadKernels(found.folder, usesGpu),
        version: tensorflow,
        description: `libtensorflow ${tensorflow} on the ${usesGpu ? 'GPU' : 'CPU'} through ${found.name} ${found.version}`,
      };
    } catch (error) {
      reasons.push(`${found.name}: ${problemOf(error)}`);
    }
  }
  throw new Error(reasons.join('; '));
}

/** In one line, what keeps a package from loading. */
function problemOf(error: unknown): string {
  const reason = reasonOf(error).split('\n', 1)[0] as string;
  return error instanceof EngineError ? `${reason}; ${error.fix}` : reason;
}
