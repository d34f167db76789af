import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { selectBackend } from './index.js';

vi.mock('#native-engine', () => ({
  loadNativeEngine: () => {
    throw new Error('no addon');
  },
}));

// One start of the wasm backend in a process, so these are one story in a file of their own.
it('says that the .wasm files are not where wasmPath says, not that the package is missing', async () => {
  const wrong = selectBackend({ backend: 'wasm', wasmPath: '/nowhere/' });
  await expect(wrong).rejects.toThrow(
    /^selectBackend: backend "wasm" must be available, got: TF\.js could not start its backend wasm \(.*\); give `wasmPath`/,
  );
  await expect(wrong).rejects.not.toThrow(/install @tensorflow/);
  const none = selectBackend({ wasmPath: '/nowhere/' });
  await expect(none).rejects.toThrow(/one backend must be available, .*; give `wasmPath`/);
  expect(tf.findBackend('wasm')).toBeNull();
});

it.each([
  ['files', '/nowhere/tfjs-backend-wasm.wasm'],
  ['a folder without its slash', '/nowhere'],
])('refuses a wasmPath that is %s', async (_, wasmPath) => {
  await expect(selectBackend({ wasmPath })).rejects.toThrow(
    new RangeError(`selectBackend: wasmPath must be a URL or path that ends in "/", got "${wasmPath}"`),
  );
});
