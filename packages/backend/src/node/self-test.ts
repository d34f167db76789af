import * as tf from '@tensorflow/tfjs-core';
import { fileURLToPath } from 'node:url';
import { runCommand, tail } from './command.js';
import { installError } from './progress.js';
import { type LoadedNative, loadNative } from './load-native.js';
import { NATIVE_PACKAGES, nativePackages } from './packages.js';

function expectValues(what: string, actual: tf.Tensor, expected: readonly number[]): void {
  const values = [...actual.dataSync()];
  if (
    values.length !== expected.length ||
    values.some((value, i) => Math.abs(value - (expected[i] ?? NaN)) > 1e-5)
  ) {
    throw new Error(`self-test: ${what} must be [${expected.join(',')}], got [${values.join(',')}]`);
  }
}

/**
 * Loads tfjs-node and checks it on values worked out by hand: a matrix product, and both gradients of a convolution.
 *
 * @throws Error if it does not load or a value is wrong
 */
function selfTest(packageName: string): LoadedNative {
  const found = nativePackages().find(({ name }) => name === packageName);
  if (!found) throw new Error(`self-test: ${packageName} must be installed`);
  const native = loadNative(found);
  const square = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  expectValues('[1,2;3,4]·[5,6;7,8]', tf.matMul(square, tf.tensor2d([5, 6, 7, 8], [2, 2])), [19, 22, 43, 50]);
  const image = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
  const filter = tf.reshape(square, [2, 2, 1, 1]) as tf.Tensor4D;
  const gradients = tf.grads((x, w) => tf.sum(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'valid')));
  const [byImage, byFilter] = gradients([image, filter]) as [tf.Tensor, tf.Tensor];
  expectValues('convolution gradient by image', byImage, [1, 3, 2, 4, 10, 6, 3, 7, 4]);
  expectValues('convolution gradient by filter', byFilter, [12, 16, 24, 28]);
  return native;
}

/**
 * The test of {@link selfTest} in a process of its own, which a broken library may bring down.
 *
 * @throws Error with the child's reason
 */
export async function selfTestInChild(packageName: string): Promise<LoadedNative> {
  const result = await runCommand(process.execPath, [fileURLToPath(import.meta.url), packageName]);
  const answer = result.stdout.trim().split('\n').at(-1) ?? '';
  if (result.status === 0) return JSON.parse(answer) as LoadedNative;
  throw result.signal === 'SIGILL'
    ? installError(
        'the processor must have AVX',
        'none (SIGILL)',
        'use the wasm backend, which runs everywhere',
      )
    : installError(
        'the engine must load and pass its test',
        `exit ${result.status ?? result.signal}`,
        'see its output; what was in its place before is there again',
        tail(result.stderr),
      );
}

// The child: `node self-test.js PACKAGE` prints what was loaded as JSON.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await import('@tensorflow/tfjs');
  const native = selfTest(process.argv[2] ?? NATIVE_PACKAGES[0]);
  process.stdout.write(`${JSON.stringify(native)}\n`);
}
