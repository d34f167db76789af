import type * as TfjsNode from '@tensorflow/tfjs-node-gpu';
import { createRequire } from 'node:module';
import { EngineError } from '../engine-error.js';
import { engineDamage } from './marker.js';
import { findPackage, type NativePackage, quietPath } from './packages.js';

const FIX = 'run `npx @immiscible/backend install`';

/** What is used of the addon beside what tfjs-node uses itself. */
interface Binding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

/** `native/quiet.cc`. */
interface Quiet {
  mute(): void;
  unmute(): void;
}

/** A tfjs-node that is loaded; its backend `tensorflow` is registered. */
export interface LoadedNative {
  readonly package: string;
  /** Version of the package. */
  readonly version: string;
  /** Version of libtensorflow. */
  readonly tensorflow: string;
  readonly usesGpu: boolean;
}

/** The addon that takes standard error away, if it is there and loads: without it there is a notice or two. */
function loadQuiet(require: NodeJS.Require, folder: string): Quiet | undefined {
  try {
    return require(quietPath(folder)) as Quiet;
  } catch {
    return undefined;
  }
}

/**
 * Loads a tfjs-node, quietly. Node 23 took two functions away that tfjs-node 4.22 calls: they are put back.
 *
 * @throws Error if its addon or libtensorflow is damaged (which would end the process without a word) or can't be loaded
 */
export function loadNative({ name, folder, addon }: NativePackage): LoadedNative {
  if (!addon)
    throw new EngineError({ fn: 'loadNative', reason: `${name} must have its addon, got none`, fix: FIX });
  const damage = engineDamage(folder, 'stamp');
  if (damage !== undefined) throw new EngineError({ fn: 'loadNative', reason: damage, fix: FIX });
  const require = createRequire(import.meta.url);
  const util = require('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
  // 3 = fatal errors only, 0 = all. libtensorflow reads it too late for what it logs while it is loaded.
  const level = (process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3');
  const standardError = level === '0' ? undefined : loadQuiet(require, folder);
  standardError?.mute();
  let loaded: typeof TfjsNode;
  try {
    loaded = findPackage(name)?.load() as typeof TfjsNode;
  } finally {
    standardError?.unmute();
  }
  const binding = require(addon) as Binding;
  const version = loaded.version['tfjs-node'];
  return { package: name, version, tensorflow: binding.TF_Version, usesGpu: binding.isUsingGpuDevice() };
}
