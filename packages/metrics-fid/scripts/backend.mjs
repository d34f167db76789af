import * as tf from '@tensorflow/tfjs-core';

/** Starts TF.js's backend `native`, `wasm` or `cpu`, with gradients. */
export async function useBackend(name) {
  await import('@tensorflow/tfjs');
  if (name === 'native') await import('@tensorflow/tfjs-node-gpu');
  else if (name === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend(name === 'native' ? 'tensorflow' : name);
  await tf.ready();
}
