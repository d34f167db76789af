import * as tf from '@tensorflow/tfjs-core';
import { fileURLToPath } from 'node:url';
import { runCommand, tail } from './command.js';
import { installError } from './progress.js';
import { requireKernels } from './load-kernels.js';
import { type LoadedNative, loadNative } from './load-native.js';
import { NATIVE_PACKAGES, type NativePackage, nativePackages } from './packages.js';
import { registerNativeKernels } from '../native-kernels/index.js';

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
 * Checks our kernels on values worked out by hand: a group normalization and its gradient, SiLU, a clipped step of Adam.
 *
 * @returns the operations that are right
 * @throws Error if one isn't there or a value is wrong
 */
function testKernels(packageName: string): string[] {
  selfTest(packageName);
  const { folder } = nativePackages().find(({ name }) => name === packageName) as NativePackage;
  const names = registerNativeKernels(requireKernels(folder));
  const run = (name: string, inputs: object, attributes: object) =>
    tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attributes as tf.NamedAttrMap) as tf.Tensor[];

  // Deviations −1, −1, 1, 1 from the mean of 2.
  const x = tf.tensor4d([1, 1, 3, 3], [1, 2, 2, 1]);
  const inputs = { x, scale: tf.tensor1d([2]), offset: tf.tensor1d([0.5]) };
  const norm = { groups: 1, epsilon: 0, silu: false };
  const [y, mean, inverse] = run('ImmiscibleGroupNorm', inputs, norm) as [tf.Tensor, tf.Tensor, tf.Tensor];
  expectValues('group norm', y, [-1.5, -1.5, 2.5, 2.5]);
  const [smooth] = run('ImmiscibleGroupNorm', inputs, { ...norm, silu: true }) as [tf.Tensor];
  expectValues('SiLU of it', smooth, [-0.27363828, -0.27363828, 2.31035454, 2.31035454]);
  const dy = tf.tensor4d([1, 0, 0, 0], [1, 2, 2, 1]);
  const addend = tf.tensor4d([10, 20, 30, 40], [1, 2, 2, 1]);
  const gradients = run('ImmiscibleGroupNormGrad', { ...inputs, dy, mean, inverse, addend }, norm);
  const expected = [[11, 19, 30, 40], [-1], [1], [0]];
  gradients.forEach((gradient, i) =>
    expectValues('gradient of group norm', gradient, expected[i] as number[]),
  );

  // A gradient of norm 5, shortened to 1: (0.6, 0.8).
  const [update, m, v] = run(
    'ImmiscibleAdam',
    {
      gradients: [tf.tensor1d([3, 4])],
      weights: [tf.tensor1d([0, 0])],
      ...{ m: tf.tensor1d([1, 0]), v: tf.tensor1d([1, 0]) },
      ...{ scale: tf.scalar(-1), spread: tf.scalar(1), epsilon: tf.scalar(0), decay: tf.scalar(0) },
    },
    { maxNorm: 1, beta1: 0.5, beta2: 0.75, decays: false },
  ) as [tf.Tensor, tf.Tensor, tf.Tensor];
  expectValues("Adam's first moment", m, [1.1, 0.8]);
  expectValues("Adam's second moment", v, [1.11, 0.64]);
  expectValues("Adam's update", update, [-1.0440737, -1]);
  return names;
}

async function inChild(args: readonly string[], what: string): Promise<unknown> {
  const result = await runCommand(process.execPath, [fileURLToPath(import.meta.url), ...args]);
  const answer = result.stdout.trim().split('\n').at(-1) ?? '';
  if (result.status === 0) return JSON.parse(answer);
  throw result.signal === 'SIGILL'
    ? installError({
        constraint: 'the processor must have AVX',
        found: 'none (SIGILL)',
        fix: 'use the wasm backend, which runs everywhere',
      })
    : installError({
        constraint: `${what} must load and pass their test`,
        found: `exit ${result.status ?? result.signal}`,
        fix: 'see its output; what was in its place before is there again',
        output: tail(result.stderr),
      });
}

/**
 * The test of {@link selfTest} in a process of its own, which a broken library may bring down.
 *
 * @throws Error with the child's reason
 */
export function selfTestInChild(packageName: string): Promise<LoadedNative> {
  return inChild([packageName], 'the engine') as Promise<LoadedNative>;
}

/**
 * {@link testKernels} in a process of its own.
 *
 * @throws Error with the child's reason
 */
export function testKernelsInChild(packageName: string): Promise<string[]> {
  return inChild([packageName, 'kernels'], 'the kernels') as Promise<string[]>;
}

// The child: `node self-test.js PACKAGE [kernels]` prints what was loaded as JSON.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await import('@tensorflow/tfjs');
  const [, , packageName = NATIVE_PACKAGES[0], part] = process.argv;
  const answer = part === 'kernels' ? testKernels(packageName) : selfTest(packageName);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
