import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** An installed npm package. */
export interface InstalledPackage {
  readonly folder: string;
  readonly version: string;
  /** Loads its main module (CommonJS). */
  load(): unknown;
}

/**
 * Looks a package up as this package would import it, then as the current folder would; `undefined` if neither has it.
 */
export function findPackage(name: string): InstalledPackage | undefined {
  for (const from of [import.meta.url, join(process.cwd(), 'index.js')]) {
    const require = createRequire(from);
    try {
      const manifest = require.resolve(`${name}/package.json`);
      const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
      return { folder: dirname(manifest), version, load: () => require(name) as unknown };
    } catch {
      // Not here: try the next place.
    }
  }
  return undefined;
}

/** tfjs-node's packages in order of choice; both hold the same sources, so either serves CPU and GPU. */
export const NATIVE_PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

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

/** Path of the addon that keeps libtensorflow quiet while it loads; there if `installNative` made the engine. */
export function quietPath(folder: string): string {
  return join(folder, 'lib', 'napi-v8', 'immiscible_quiet.node');
}

/** Path of the addon with our kernels; there if `installNative` could build them. */
export function kernelsPath(folder: string): string {
  return join(folder, 'lib', 'napi-v8', 'immiscible_kernels.node');
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
