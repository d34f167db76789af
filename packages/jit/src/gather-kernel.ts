import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from './native-backend.js';

const NAME = 'GatherV2';
const BACKEND = 'tensorflow';
const [INT, TYPE, FLOAT32, INT32, BOOL] = [1, 4, 1, 3, 10];
const codes: Readonly<Record<string, number>> = { float32: FLOAT32, int32: INT32, bool: BOOL };

/**
 * Replaces tfjs-node's kernel for `tf.gather`, which reads the indices in order to check them, by one that leaves that
 * to TensorFlow: what is recorded has no data yet.
 *
 * @returns puts it back
 */
export function replaceGather(): () => void {
  const original = tf.getKernel(NAME, BACKEND);
  if (!original) return () => undefined;
  tf.unregisterKernel(NAME, BACKEND);
  tf.registerKernel({
    kernelName: NAME,
    backendName: BACKEND,
    kernelFunc: gather as unknown as tf.KernelFunc,
  });
  return () => {
    tf.unregisterKernel(NAME, BACKEND);
    tf.registerKernel(original);
  };
}

function gather({
  inputs: { x, indices },
  attrs: { axis, batchDims },
  backend,
}: {
  inputs: { x: tf.Tensor; indices: tf.Tensor };
  attrs: { axis: number; batchDims: number };
  backend: NativeBackend;
}): tf.Tensor {
  const axisTensor = tf.scalar(axis, 'int32');
  const attributes = [
    { name: 'batch_dims', type: INT, value: batchDims },
    { name: 'Tparams', type: TYPE, value: codes[x.dtype] },
    { name: 'Tindices', type: TYPE, value: codes[indices.dtype] },
    { name: 'Taxis', type: TYPE, value: INT32 },
  ];
  const ids = backend.getInputTensorIds([x, indices, axisTensor]);
  const [result] = backend.binding.executeOp(NAME, attributes, ids, 1);
  axisTensor.dispose();
  return backend.createOutputTensor(result as NonNullable<typeof result>);
}
