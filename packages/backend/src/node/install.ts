import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import { cacheFolder } from '@immiscible/core/node';
import { reasonOf } from '../engine-error.js';
import { compileAddon, compileQuiet, findCompiler, NAPI_VERSION } from './compile.js';
import { isAsBuilt, recordBuilt } from './file-record.js';
import { provideKernels } from './kernels.js';
import { type KernelsState, kernelsState, NOT_ON_GPU } from './kernels-state.js';
import { provideLibraries } from './libraries.js';
import { withLock } from './lock.js';
import { engineDamage, isKnown, markerPath, readMarker } from './marker.js';
import { addonPath, NATIVE_PACKAGES, nativePackages, type NativePackage, quietPath } from './packages.js';
import { isMusl } from './platform.js';
import { INSTRUCTION_SETS } from './processor.js';
import { installError, type OnProgress } from './progress.js';
import { putInPlace } from './put-in-place.js';
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
  /**
   * What the kernels are built for: `native`, this processor; `x86-64-v3` (AVX2), `x86-64-v4` (AVX-512), `x86-64-v2` or `x86-64` run
   * on others, too.
   *
   * @defaultValue 'native'
   */
  readonly instructionSet?: string;
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
  /** The kernels of our own beside it, or why there are none. */
  readonly kernels: KernelsState;
}

/** An engine without its kernels, and the folder of its libraries where it is one of ours. */
type Engine = Omit<InstalledNative, 'kernels'> & { readonly libraries?: string };

/** The options, complete. */
type Wanted = Required<InstallOptions>;

function checkPlatform(): void {
  const platform = `${process.platform} ${process.arch}${isMusl() ? ' with musl' : ''}`;
  if (platform !== 'linux x64') {
    throw installError({
      constraint: 'the platform must be Linux x64 with glibc',
      found: platform,
      fix: 'use the wasm backend, which runs everywhere',
    });
  }
}

function findTarget(): NativePackage {
  const [name] = NATIVE_PACKAGES;
  const target = nativePackages().find((found) => found.name === name);
  if (target) return target;
  throw installError({
    constraint: `${name} must be installed`,
    found: 'none',
    fix: `run \`npm install --ignore-scripts ${name}@^4.22.0\` first`,
  });
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The engine that is in place, if nothing speaks against keeping it. */
function presentEngine(target: NativePackage, { gpu, force, onProgress }: Wanted): Engine | undefined {
  const addon = addonPath(target.folder);
  const marker = readMarker(addon);
  if (!marker || !target.addon || force || (gpu && marker.variant !== 'gpu') || !isKnown(marker))
    return undefined;
  const damage = engineDamage(target.folder, 'hash');
  if (damage !== undefined) {
    onProgress({ stage: 'check', message: `${damage}; putting the engine in place anew` });
    return undefined;
  }
  const { tensorflow, variant, libraries } = marker;
  return { tensorflow, variant, libraries, addon, already: true };
}

/** Somebody else's build, if it works. */
async function stockEngine(target: NativePackage, onProgress: OnProgress): Promise<Engine | undefined> {
  onProgress({ stage: 'test', message: 'testing the engine that is there' });
  const stock = await selfTestInChild(target.name).catch(() => undefined);
  if (!stock) return undefined;
  return { tensorflow: stock.tensorflow, variant: 'stock', addon: addonPath(target.folder), already: true };
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw installError({
      constraint: `${folder} must be a folder that can be written to`,
      found: error.code ?? error.message,
      fix: 'name another in IMMISCIBLE_CACHE',
    });
  });
}

/** Downloads, unpacks, builds and tests what isn't there yet. */
async function makeEngine(target: NativePackage, release: Release, wanted: Wanted): Promise<Engine> {
  const { force, cache, onProgress } = wanted;
  const folder = join(cache, 'native');
  const compiler = await findCompiler();
  const site = await provideLibraries(release, folder, onProgress);
  const libraries = join(site, 'tensorflow');
  // The libraries' path is in the addon, so it is in its name too.
  const key = createHash('sha256').update(libraries).digest('hex').slice(0, 8);
  const name = `${target.version}-${releaseName(release)}-napi${NAPI_VERSION}-${process.arch}-${key}.node`;
  const built = join(folder, 'addons', name);
  if (force || !(await isAsBuilt(built))) {
    onProgress({ stage: 'compile', message: 'building the addon' });
    await compileAddon(compiler, { sources: join(target.folder, 'binding'), libraries, target: built });
    await recordBuilt(built);
  }
  await compileQuiet(compiler, quietPath(target.folder));
  onProgress({ stage: 'test', message: 'testing the engine' });
  const { variant } = release;
  const placed = await putInPlace(target, { built, libraries, variant });
  const engine: Engine = { ...placed, variant, libraries, already: false };
  onProgress({ stage: 'done', message: `libtensorflow ${engine.tensorflow} is in place` });
  return engine;
}

/** The engine that is there, one of somebody else's if it works. */
async function keptEngine(target: NativePackage, wanted: Wanted): Promise<Engine | undefined> {
  const present = presentEngine(target, wanted);
  if (present || !target.addon || wanted.force || wanted.gpu) return present;
  return (await exists(markerPath(target.addon))) ? undefined : stockEngine(target, wanted.onProgress);
}

/** An engine with our kernels beside it. */
async function withKernels(target: NativePackage, engine: Engine, wanted: Wanted): Promise<InstalledNative> {
  const { libraries, ...installed } = engine;
  if (libraries === undefined || installed.variant !== 'cpu') {
    const isGpu = installed.variant === 'gpu';
    return {
      ...installed,
      kernels: {
        names: [],
        reason: isGpu ? NOT_ON_GPU : 'libtensorflow is not one that this command unpacked',
      },
    };
  }
  return { ...installed, kernels: await provideKernels({ ...wanted, target, libraries }) };
}

async function provideEngine(target: NativePackage, wanted: Wanted): Promise<InstalledNative> {
  const kept = await keptEngine(target, wanted);
  if (kept) return withKernels(target, kept, wanted);
  // A damaged engine is mended as what it was.
  const repairsGpu = !wanted.force && readMarker(addonPath(target.folder))?.variant === 'gpu';
  const release = RELEASES[wanted.gpu || repairsGpu ? 'gpu' : 'cpu'];
  return withKernels(target, await makeEngine(target, release, wanted), wanted);
}

/**
 * Puts a current libtensorflow under tfjs-node-gpu.
 *
 * Downloads the TensorFlow wheel with pip (pinned by version and SHA-256), unpacks its libraries and C headers once
 * into a per-user cache, builds tfjs-node-gpu's addon from the package's own sources against them, copies it to where
 * the package looks, and checks the whole in a child process; likewise our kernels, whose failure is no error. Each part is skipped
 * if it is done and whole: what is there is hashed, and what is damaged made anew. An interrupted run goes on where it stopped; two at
 * once wait for each other.
 *
 * @param options - which build, whether anew, where things are kept
 * @throws EngineError naming the first thing that is missing and what to do about it
 */
export async function installNative(options: InstallOptions = {}): Promise<InstalledNative> {
  checkOptions('installNative', options, {
    gpu: true,
    force: true,
    cache: true,
    instructionSet: true,
    onProgress: true,
  } satisfies OptionKeys<InstallOptions>);
  const { gpu = false, force = false, cache = cacheFolder(), instructionSet = 'native' } = options;
  const { onProgress = () => {} } = options;
  const sets = INSTRUCTION_SETS;
  check(
    sets.includes(instructionSet),
    'installNative',
    'instructionSet',
    `one of ${sets.join(', ')}`,
    instructionSet,
  );
  checkPlatform();
  const target = findTarget();
  const wanted: Wanted = { gpu, force, cache, instructionSet, onProgress };
  const folder = join(cache, 'native');
  try {
    await makeFolder(folder);
  } catch (error) {
    // An engine that is there needs no cache; only its kernels may.
    const kept = await keptEngine(target, wanted);
    if (!kept) throw error;
    const { libraries: _, ...installed } = kept;
    const { names, reason = reasonOf(error) } = kernelsState(target.folder);
    return { ...installed, kernels: names.length > 0 ? { names } : { names, reason } };
  }
  return withLock(
    join(folder, 'lock'),
    () => provideEngine(target, wanted),
    () => onProgress({ stage: 'wait', message: 'waiting for another install to finish' }),
  );
}
