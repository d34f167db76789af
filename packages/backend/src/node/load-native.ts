import type * as TfjsNode from '@tensorflow/tfjs-node-gpu';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { findPackage } from './packages.js';

/** tfjs-node's packages in order of choice; both hold the same sources, so either serves CPU and GPU. */
export const NATIVE_PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

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

/** A tfjs-node that is installed, and whether its addon is. */
export interface NativePackage {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  /** Path of the addon, where it is built. */
  readonly addon: string | undefined;
}

/** Path at which tfjs-node looks for its addon. */
export function addonPath(folder: string): string {
  // node-pre-gyp takes the highest version that the package lists and Node has: 8, on every Node since 15.12.
  return join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
}

/** Path of the addon that keeps libtensorflow quiet while it loads; there if `backend install` made the engine. */
export function quietPath(folder: string): string {
  return join(folder, 'lib', 'napi-v8', 'immiscible_quiet.node');
}

/** The installed tfjs-node packages, in order of choice. */
export function nativePackages(): NativePackage[] {
  return NATIVE_PACKAGES.flatMap((name) => {
    const found = findPackage(name);
    if (!found) return [];
    const addon = addonPath(found.folder);
    return [
      { name, version: found.version, folder: found.folder, addon: existsSync(addon) ? addon : undefined },
    ];
  });
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
 * @throws Error if its addon or libtensorflow can't be loaded
 */
export function loadNative({ name, folder, addon }: NativePackage): LoadedNative {
  if (!addon)
    throw new Error(
      `loadNative: ${name} must have its addon, got none; run \`npx @immiscible/backend install\``,
    );
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
