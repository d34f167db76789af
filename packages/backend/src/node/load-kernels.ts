import { createRequire } from 'node:module';
import { reasonOf } from '../engine-error.js';
import { type KernelsState, kernelsState, NOT_ON_GPU } from './kernels-state.js';
import { kernelsPath } from './packages.js';

/** `native/kernels/addon.cc`. */
interface KernelsAddon {
  readonly names: readonly string[];
  readonly problem: string;
}

/**
 * Makes TensorFlow know the operations of our kernels; only after tfjs-node is loaded, whose libtensorflow they find.
 *
 * @param packageFolder - the tfjs-node package's
 * @returns their names
 * @throws Error if they can't be loaded or TensorFlow refuses one
 */
export function requireKernels(packageFolder: string): readonly string[] {
  const { names, problem } = createRequire(import.meta.url)(kernelsPath(packageFolder)) as KernelsAddon;
  if (problem !== '') throw new Error(problem);
  return names;
}

/**
 * Loads the kernels of a tfjs-node package that is loaded itself, if they passed their test on a processor like this one.
 *
 * @param packageFolder - the package's
 * @param usesGpu - whether TensorFlow computes on a GPU
 */
export function loadKernels(packageFolder: string, usesGpu: boolean): KernelsState {
  if (usesGpu) return { names: [], reason: NOT_ON_GPU };
  const state = kernelsState(packageFolder);
  if (state.names.length === 0) return state;
  try {
    const known = requireKernels(packageFolder);
    return { names: state.names.filter((name) => known.includes(name)) };
  } catch (error) {
    return { names: [], reason: reasonOf(error).split('\n', 1)[0] as string };
  }
}
