// The union package: registers the gradients of all ops, and the cpu backend.
import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { loadNativeEngine } from '#native-engine';
import { registerTrainingKernels } from './training-kernels.js';

/** Engines by the names of this package; TF.js calls `native` `tensorflow`. */
export type BackendName = 'native' | 'wasm' | 'cpu' | 'webgpu';

/** The engine in use. */
export interface SelectedBackend {
  readonly name: BackendName;
  /** Version of libtensorflow for `native`, else of the TF.js package. */
  readonly version: string;
  /** Why this one: one line for a person. */
  readonly reason: string;
}

/** Options of {@link selectBackend}. */
export interface SelectBackendOptions {
  /** This one and no other. Without it: `native`, then `webgpu` where it is registered, then `wasm`. */
  readonly backend?: BackendName;
  /** For bundlers: where the `.wasm` files of `@tensorflow/tfjs-backend-wasm` are served (a URL ending in `/`). */
  readonly wasmPath?: string;
}

const NAMES: readonly BackendName[] = ['native', 'wasm', 'cpu', 'webgpu'];
const message = (error: unknown) => (error instanceof Error ? error.message : String(error));

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

async function setBackend(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`TF.js could not start its backend ${name}`);
  await tf.ready();
}

const starters: Record<
  BackendName,
  (options: SelectBackendOptions) => Promise<[version: string, what: string]>
> = {
  async native() {
    try {
      const { version, description } = loadNativeEngine();
      await setBackend('tensorflow');
      return [version, description];
    } catch (error) {
      // A backend that is registered but broken would win by its priority when TF.js next chooses by itself.
      if (tf.findBackendFactory('tensorflow')) tf.removeBackend('tensorflow');
      throw error;
    }
  },
  async webgpu() {
    if (!tf.findBackendFactory('webgpu')) throw new Error('@tensorflow/tfjs-backend-webgpu is not imported');
    await setBackend('webgpu');
    return [tf.version_core, `WebGPU, TF.js ${tf.version_core}`];
  },
  async wasm({ wasmPath }) {
    const wasm = await import('@tensorflow/tfjs-backend-wasm');
    if (wasmPath !== undefined) wasm.setWasmPaths(wasmPath);
    await setBackend('wasm');
    return [wasm.version_wasm, `WebAssembly, @tensorflow/tfjs-backend-wasm ${wasm.version_wasm}`];
  },
  async cpu() {
    await setBackend('cpu');
    return [tf.version_core, `plain JavaScript, TF.js ${tf.version_core}: for tests`];
  },
};

const fixes: Record<BackendName, string> = {
  native: 'run `npx @immiscible/backend install`, or `npx @immiscible/backend doctor` to see what is missing',
  webgpu:
    'install @tensorflow/tfjs-backend-webgpu, import it before, and run where navigator.gpu has an adapter',
  wasm: 'install @tensorflow/tfjs-backend-wasm, and give `wasmPath` in a bundle',
  cpu: 'install @tensorflow/tfjs',
};

async function start(name: BackendName, options: SelectBackendOptions): Promise<[string, string]> {
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
 * @returns the engine, its version, and the reason for the choice
 * @throws RangeError if `backend` is not a name of an engine
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
  const { backend } = options;
  if (backend !== undefined) {
    if (!NAMES.includes(backend)) {
      throw new RangeError(
        `selectBackend: backend must be one of ${NAMES.join(', ')}, got ${String(backend)}`,
      );
    }
    try {
      const [version, what] = await start(backend, options);
      return { name: backend, version, reason: `asked for; ${what}` };
    } catch (error) {
      throw new Error(
        `selectBackend: backend "${backend}" must be available, got: ${message(error)}; ${fixes[backend]}`,
        { cause: error },
      );
    }
  }
  const passed: string[] = [];
  for (const name of ['native', 'webgpu', 'wasm'] as const) {
    try {
      const [version, what] = await start(name, options);
      const reason = passed.length > 0 ? `${what}; ${passed.join('; ')}` : `fastest here: ${what}`;
      return { name, version, reason };
    } catch (error) {
      // Where nobody asked for WebGPU, its absence is no news.
      if (name !== 'webgpu') passed.push(`no ${name} engine (${message(error)})`);
    }
  }
  throw new Error(
    `selectBackend: one backend must be available, got: ${passed.join('; ')}; install @tensorflow/tfjs-backend-wasm`,
  );
}
