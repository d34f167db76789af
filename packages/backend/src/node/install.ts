import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checkOptions, type OptionKeys } from '@immiscible/core';
import { cacheFolder } from '@immiscible/core/node';
import { compileAddon, compileQuiet, findCompiler, NAPI_VERSION } from './compile.js';
import { fileDamage, type FileRecord, recordFile } from './file-record.js';
import { provideLibraries } from './libraries.js';
import { withLock } from './lock.js';
import { engineDamage, isKnown, markerPath, readMarker, writeMarker } from './marker.js';
import { addonPath, NATIVE_PACKAGES, nativePackages, type NativePackage, quietPath } from './packages.js';
import { isMusl } from './platform.js';
import { installError, type OnProgress } from './progress.js';
import { type Release, releaseName, RELEASES } from './releases.js';
import { selfTestInChild } from './self-test.js';

/** Options of {@link installNative}. */
export interface InstallOptions {
  /**
   * The CUDA 12 build of libtensorflow instead of the CPU one. Without it, an engine that is there already is kept,
   * whichever it is.
   *
   * @defaultValue false
   */
  readonly gpu?: boolean;
  /**
   * Puts the engine in place anew even if there is one.
   *
   * @defaultValue false
   */
  readonly force?: boolean;
  /**
   * Where wheels, libraries and addons are kept.
   *
   * @defaultValue {@link cacheFolder}
   */
  readonly cache?: string;
  /** Told what goes on. */
  readonly onProgress?: OnProgress;
}

/** The engine that is in place after {@link installNative}. */
export interface InstalledNative {
  /** Version of libtensorflow. */
  readonly tensorflow: string;
  /** `stock`: a build that this package didn't make. */
  readonly variant: 'cpu' | 'gpu' | 'stock';
  /** Path of the addon that tfjs-node-gpu loads. */
  readonly addon: string;
  /** Whether it was there before. */
  readonly already: boolean;
}

function checkPlatform(): void {
  const platform = `${process.platform} ${process.arch}${isMusl() ? ' with musl' : ''}`;
  if (platform !== 'linux x64') {
    throw installError(
      'the platform must be Linux x64 with glibc',
      platform,
      'use the wasm backend, which runs everywhere',
    );
  }
}

function findTarget(): NativePackage {
  const [name] = NATIVE_PACKAGES;
  const target = nativePackages().find((found) => found.name === name);
  if (target) return target;
  throw installError(
    `${name} must be installed`,
    'none',
    `run \`npm install --ignore-scripts ${name}@^4.22.0\` first`,
  );
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Whether an addon in the cache is the one that was built. */
async function isAsBuilt(built: string): Promise<boolean> {
  try {
    const record = JSON.parse(await readFile(`${built}.json`, 'utf8')) as FileRecord;
    return fileDamage(dirname(built), record, 'hash') === undefined;
  } catch {
    return false;
  }
}

const renamed = (from: string, to: string) =>
  rename(from, to).then(
    () => true,
    () => false,
  );

/** Copies the addon to where tfjs-node-gpu looks; an addon that fails its test leaves things as they were. */
async function putInPlace(
  target: NativePackage,
  built: string,
  libraries: string,
  release: Release,
): Promise<InstalledNative> {
  const addon = addonPath(target.folder);
  const fresh = `${addon}.${process.pid}`;
  await mkdir(dirname(addon), { recursive: true });
  await copyFile(built, fresh);
  const kept = [markerPath(addon), addon].map((path) => [path, `${path}.previous`] as const);
  const moved = [];
  for (const [path, previous] of kept)
    if (await renamed(path, previous)) moved.push([previous, path] as const);
  // Renamed into place, never written over: another process may have the old one loaded.
  await rename(fresh, addon);
  try {
    const { tensorflow } = await selfTestInChild(target.name);
    const { variant } = release;
    await writeMarker(target.folder, { tensorflow, variant, libraries });
    for (const [previous] of moved) await rm(previous, { force: true });
    return { tensorflow, variant, addon, already: false };
  } catch (error) {
    // The next run builds it anew.
    await rm(built, { force: true });
    await rm(addon, { force: true });
    for (const [previous, path] of moved) await rename(previous, path);
    throw error;
  }
}

/**
 * Puts a current libtensorflow under tfjs-node-gpu.
 *
 * Downloads the TensorFlow wheel with pip (pinned by version and SHA-256), unpacks its libraries and C headers once
 * into a per-user cache, builds tfjs-node-gpu's addon from the package's own sources against them, copies it to where
 * the package looks, and checks the whole in a child process. Each part is skipped if it is done and whole: what is there is
 * hashed, and what is damaged made anew. An interrupted run goes on where it stopped; two at once wait for each other.
 *
 * @throws Error naming the first thing that is missing and what to do about it
 */
export async function installNative(options: InstallOptions = {}): Promise<InstalledNative> {
  checkOptions('installNative', options, {
    gpu: true,
    force: true,
    cache: true,
    onProgress: true,
  } satisfies OptionKeys<InstallOptions>);
  const { gpu = false, force = false, cache = cacheFolder(), onProgress = () => {} } = options;
  checkPlatform();
  const target = findTarget();
  const addon = addonPath(target.folder);
  const current = async (): Promise<InstalledNative | undefined> => {
    const marker = readMarker(addon);
    if (!marker || !target.addon || force || (gpu && marker.variant !== 'gpu') || !isKnown(marker))
      return undefined;
    const damage = engineDamage(target.folder, 'hash');
    if (damage !== undefined) {
      onProgress({ stage: 'check', message: `${damage}; putting the engine in place anew` });
      return undefined;
    }
    return { tensorflow: marker.tensorflow, variant: marker.variant, addon, already: true };
  };
  const present = await current();
  if (present) return present;

  if (target.addon && !force && !gpu && !(await exists(markerPath(addon)))) {
    // Somebody else's build: kept if it works.
    onProgress({ stage: 'test', message: 'testing the engine that is there' });
    const stock = await selfTestInChild(target.name).catch(() => undefined);
    if (stock) return { tensorflow: stock.tensorflow, variant: 'stock', addon, already: true };
  }

  // A damaged engine is mended as what it was.
  const repairsGpu = !force && readMarker(addon)?.variant === 'gpu';
  const release = RELEASES[gpu || repairsGpu ? 'gpu' : 'cpu'];
  const folder = join(cache, 'native');
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw installError(
      `${folder} must be a folder that can be written to`,
      error.code ?? error.message,
      'name another in IMMISCIBLE_CACHE',
    );
  });
  return withLock(
    join(folder, 'lock'),
    async () => {
      const meanwhile = await current();
      if (meanwhile) return meanwhile;
      const compiler = await findCompiler();
      const site = await provideLibraries(release, folder, onProgress);
      const libraries = join(site, 'tensorflow');
      // The libraries' path is in the addon, so it is in its name too.
      const key = createHash('sha256').update(libraries).digest('hex').slice(0, 8);
      const built = join(
        folder,
        'addons',
        `${target.version}-${releaseName(release)}-napi${NAPI_VERSION}-${process.arch}-${key}.node`,
      );
      if (force || !(await isAsBuilt(built))) {
        onProgress({ stage: 'compile', message: 'building the addon' });
        await compileAddon(compiler, join(target.folder, 'binding'), libraries, built);
        await writeFile(`${built}.json`, `${JSON.stringify(recordFile(dirname(built), basename(built)))}\n`);
      }
      await compileQuiet(compiler, quietPath(target.folder));
      onProgress({ stage: 'test', message: 'testing the engine' });
      const installed = await putInPlace(target, built, libraries, release);
      onProgress({ stage: 'done', message: `libtensorflow ${installed.tensorflow} is in place` });
      return installed;
    },
    () => onProgress({ stage: 'wait', message: 'waiting for another install to finish' }),
  );
}
