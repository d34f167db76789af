// The union package: registers the gradients of all ops, and the cpu backend.
import '@tensorflow/tfjs';
import { check, checkOptions, type OptionKeys } from '@immiscible/core';
import * as tf from '@tensorflow/tfjs-core';
import { loadNativeEngine } from '#native-engine';
import { EngineError, reasonOf } from './engine-error.js';
import { registerNativeKernels } from './native-kernels/index.js';
import { registerTrainingKernels } from './training-kernels.js';

/** Engines by the names of this package; TF.js calls `native` `tensorflow`. */
export type BackendName = 'native' | 'wasm' | 'cpu' | 'webgpu';

/** The engine in use. */
export interface SelectedBackend {
  /** Its name here. */
  readonly name: BackendName;
  /** Version of libtensorflow for `native`, else of the TF.js package. */
  readonly version: string;
  /** Why this one: one line for a person. */
  readonly reason: string;
  /** Names of the kernels of our own that take part: those of {@link hasKernel}. None unless they are wanted. */
  readonly kernels: readonly string[];
}

/** Options of {@link selectBackend}. */
export interface SelectBackendOptions {
  /** This one and no other. Without it: `native`, then `webgpu` where it is registered, then `wasm`. */
  readonly backend?: BackendName;
  /** For bundlers: where the `.wasm` files of `@tensorflow/tfjs-backend-wasm` are served (a URL ending in `/`). */
  readonly wasmPath?: string;
  /**
   * Whether the native engine takes our own kernels where `install` could build them: fused, faster, equal but for rounding. Where they
   * can't be had, `reason` says why.
   *
   * @defaultValue whether `IMMISCIBLE_KERNELS` is 1 in the environment
   */
  readonly kernels?: boolean;
}

const NAMES: readonly BackendName[] = ['native', 'wasm', 'cpu', 'webgpu'];

/** Runs `body` with TF.js's own warnings off; they would come in the middle of a program's output. */
async function quietly<T>(body: () => T | Promise<T>): Promise<T> {
  const prod = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    return await body();
  } finally {
    tf.env().set('PROD', prod);
  }
}

/** What `IMMISCIBLE_KERNELS` says, where there is an environment. */
function kernelsByEnvironment(): boolean {
  const value = typeof process === 'undefined' ? undefined : process.env['IMMISCIBLE_KERNELS'];
  const known = value === undefined || value === '' || value === '0' || value === '1';
  check(known, 'selectBackend', 'IMMISCIBLE_KERNELS', '0 or 1', value);
  return value === '1';
}

async function setBackend(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) {
    // TF.js keeps the reason to itself: starting it once more tells.
    const reason = await Promise.resolve(tf.findBackendFactory(name)?.()).then(
      () => undefined,
      (error: unknown) => reasonOf(error),
    );
    throw new Error(`TF.js could not start its backend ${name}${reason === undefined ? '' : ` (${reason})`}`);
  }
  await tf.ready();
}

/** A backend that is in use. */
interface Started {
  readonly version: string;
  /** What it is, in words. */
  readonly what: string;
  readonly kernels?: readonly string[];
}

const starters: Record<BackendName, (options: SelectBackendOptions) => Promise<Started>> = {
  async native({ kernels: wanted = kernelsByEnvironment() }) {
    try {
      const engine = loadNativeEngine();
      await setBackend('tensorflow');
      const { names, reason } = wanted ? engine.loadKernels() : { names: [], reason: undefined };
      const kernels = registerNativeKernels(names);
      const without = `without our kernels (${reason ?? 'none is left'})`;
      const which = wanted ? `, ${kernels.length > 0 ? 'with our kernels' : without}` : '';
      return { version: engine.version, what: `${engine.description}${which}`, kernels };
    } catch (error) {
      // A backend that is registered but broken would win by its priority when TF.js next chooses by itself.
      if (tf.findBackendFactory('tensorflow')) tf.removeBackend('tensorflow');
      throw error;
    }
  },
  async webgpu() {
    if (!tf.findBackendFactory('webgpu')) throw new Error('@tensorflow/tfjs-backend-webgpu is not imported');
    await setBackend('webgpu');
    return { version: tf.version_core, what: `WebGPU, TF.js ${tf.version_core}` };
  },
  async wasm({ wasmPath }) {
    const wasm = await import('@tensorflow/tfjs-backend-wasm').catch((error: unknown) => {
      throw new EngineError({
        fn: 'selectBackend',
        reason: `@tensorflow/tfjs-backend-wasm can't be imported (${reasonOf(error)})`,
        fix: 'install @tensorflow/tfjs-backend-wasm',
      });
    });
    // One that runs already has its file, and TF.js refuses another path.
    const runs = tf.engine().registry['wasm'] !== undefined;
    if (wasmPath !== undefined && !runs) wasm.setWasmPaths(wasmPath);
    await setBackend('wasm');
    const version = wasm.version_wasm;
    return { version, what: `WebAssembly, @tensorflow/tfjs-backend-wasm ${version}` };
  },
  async cpu() {
    await setBackend('cpu');
    return { version: tf.version_core, what: `plain JavaScript, TF.js ${tf.version_core}: for tests` };
  },
};

const fixes: Record<BackendName, string> = {
  native: 'run `npx @immiscible/backend install`, or `npx @immiscible/backend doctor` to see what is missing',
  webgpu:
    'install @tensorflow/tfjs-backend-webgpu, import it before, and run where navigator.gpu has an adapter',
  wasm: 'give `wasmPath`, the folder or URL where the `.wasm` files of @tensorflow/tfjs-backend-wasm are',
  cpu: 'install @tensorflow/tfjs',
};

/** What helps may depend on whether an engine is missing or can't start. */
const fixOf = (error: unknown, fix: string) => (error instanceof EngineError ? error.fix : fix);

async function start(name: BackendName, options: SelectBackendOptions): Promise<Started> {
  const started = await quietly(() => starters[name](options));
  // TF.js's cpu backend prints an advertisement for tfjs-node when it is first used.
  const cpu = tf.findBackend('cpu') as unknown as { firstUse?: boolean } | null;
  if (cpu) cpu.firstUse = false;
  registerTrainingKernels();
  return started;
}

/**
 * Chooses a TF.js backend, starts it (`tf.setBackend`, `tf.ready`), registers the gradients of all ops and the
 * training kernels that the backend lacks. Prints nothing.
 *
 * @param options - which backend, where its files are, whether with our kernels
 * @returns the engine, its version, and the reason for the choice
 * @throws RangeError if `backend` is not a name of an engine, or an option doesn't exist
 * @throws Error if `backend` can't be had here, with what to run
 * @example
 * ```ts
 * import { selectBackend } from '@immiscible/backend';
 *
 * const { name, reason } = await selectBackend();
 * console.log(`${name}: ${reason}`);
 * ```
 */
export async function selectBackend(options: SelectBackendOptions = {}): Promise<SelectedBackend> {
  checkOptions('selectBackend', options, {
    backend: true,
    wasmPath: true,
    kernels: true,
  } satisfies OptionKeys<SelectBackendOptions>);
  const { backend, wasmPath } = options;
  check(
    wasmPath === undefined || (typeof wasmPath === 'string' && wasmPath.endsWith('/')),
    'selectBackend',
    'wasmPath',
    'a URL or path that ends in "/"',
    wasmPath,
  );
  if (backend !== undefined) {
    if (!NAMES.includes(backend)) {
      throw new RangeError(
        `selectBackend: backend must be one of ${NAMES.join(', ')}, got ${String(backend)}`,
      );
    }
    try {
      const { version, what, kernels = [] } = await start(backend, options);
      return { name: backend, version, reason: `asked for; ${what}`, kernels };
    } catch (error) {
      throw new Error(
        `selectBackend: backend "${backend}" must be available, got: ${reasonOf(error)}; ${fixOf(error, fixes[backend])}`,
        { cause: error },
      );
    }
  }
  const passed: string[] = [];
  let fix = fixes.wasm;
  for (const name of ['native', 'webgpu', 'wasm'] as const) {
    try {
      const { version, what, kernels = [] } = await start(name, options);
      const reason = passed.length > 0 ? `${what}; ${passed.join('; ')}` : `fastest here: ${what}`;
      return { name, version, reason, kernels };
    } catch (error) {
      // Where nobody asked for WebGPU, its absence is no news.
      if (name !== 'webgpu') passed.push(`no ${name} engine (${reasonOf(error)})`);
      fix = fixOf(error, fixes.wasm);
    }
  }
  throw new Error(`selectBackend: one backend must be available, got: ${passed.join('; ')}; ${fix}`);
}
