import '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { NativeEngine } from './native-engine.js';
import { registerTrainingKernels, selectBackend } from './index.js';

/** What stands for the native engine in these tests. */
let load: () => NativeEngine = () => {
  throw new Error('no addon');
};
vi.mock('#native-engine', () => ({ loadNativeEngine: () => load() }));
afterEach(() => {
  load = () => {
    throw new Error('no addon');
  };
  vi.restoreAllMocks();
});

describe('selectBackend', () => {
  it('falls back to wasm where the native engine does not load, and says why and what to do', async () => {
    const { name, version, reason } = await selectBackend();
    expect(name).toBe('wasm');
    expect(tf.getBackend()).toBe('wasm');
    expect(version).toMatch(/^4\.\d+\.\d+$/);
    expect(reason).toMatch(/no native engine \(no addon\)/);
    expect(reason).not.toMatch(/\n/);
  });

  it('takes a half-registered native backend away, which would win by its priority', async () => {
    load = () => {
      tf.registerBackend('tensorflow', () => Promise.reject(new Error('broken library')), 3);
      return { version: '2.0', description: 'broken', loadKernels: () => ({ names: [] }) };
    };
    const warn = vi.spyOn(console, 'warn');
    const { name, reason } = await selectBackend();
    expect(name).toBe('wasm');
    expect(warn).not.toHaveBeenCalled();
    expect(reason).toContain('TF.js could not start its backend tensorflow');
    expect(tf.findBackendFactory('tensorflow')).toBeNull();
  });

  it('says what to run when the native engine is asked for and not there', async () => {
    await expect(selectBackend({ backend: 'native' })).rejects.toThrow(
      /^selectBackend: backend "native" must be available, got: no addon; run `npx @immiscible\/backend install`/,
    );
  });

  it('says how to get webgpu when it is asked for and not imported', async () => {
    await expect(selectBackend({ backend: 'webgpu' })).rejects.toThrow(
      /tfjs-backend-webgpu is not imported; install @tensorflow\/tfjs-backend-webgpu, import it/,
    );
  });

  it('refuses other names', async () => {
    await expect(selectBackend({ backend: 'tensorflow' as never })).rejects.toThrow(
      new RangeError('selectBackend: backend must be one of native, wasm, cpu, webgpu, got tensorflow'),
    );
  });

  it('refuses options that do not exist', async () => {
    await expect(selectBackend({ backends: 'cpu' } as never)).rejects.toThrow(
      new RangeError('selectBackend: options has no key "backends"; did you mean "backend"?'),
    );
    await expect(selectBackend('cpu' as never)).rejects.toThrow(/options must be an object, got a string/);
  });

  it('takes a wasmPath again where the engine runs already', async () => {
    await selectBackend({ backend: 'wasm' });
    expect((await selectBackend({ backend: 'wasm', wasmPath: '/elsewhere/' })).name).toBe('wasm');
  });

  it('changes backends, registers gradients, and prints nothing', async () => {
    const printed = (['log', 'warn', 'error', 'info'] as const).map((level) => vi.spyOn(console, level));
    for (const backend of ['cpu', 'wasm', 'cpu'] as const) {
      const { name, reason } = await selectBackend({ backend });
      expect(name).toBe(backend);
      expect(reason).toMatch(/^asked for; /);
      expect(tf.getBackend()).toBe(backend);
      expect(tf.grad((x) => tf.square(x))(tf.scalar(3))).toBeAllClose(6);
    }
    for (const spy of printed) expect(spy).not.toHaveBeenCalled();
  });
});

describe('registerTrainingKernels', () => {
  it('changes nothing the second time', async () => {
    await selectBackend({ backend: 'wasm' });
    const before = tf.getKernel(tf.Conv2DBackpropFilter, 'wasm');
    expect(before).toBeDefined();
    const warn = vi.spyOn(console, 'warn');
    registerTrainingKernels();
    expect(tf.getKernel(tf.Conv2DBackpropFilter, 'wasm')).toBe(before);
    expect(warn).not.toHaveBeenCalled();
  });
});
