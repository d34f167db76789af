import type * as tf from '@tensorflow/tfjs-core';

/** What the kernels here use of TF.js's cpu backend, whose class is not exported. */
export interface CpuBackend {
  readonly data: { get(dataId: object): { readonly values: Float32Array } };
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: Float32Array): tf.TensorInfo;
}

/** The values of a float32 tensor. */
export function cpuValues(backend: CpuBackend, { dataId }: tf.TensorInfo): Float32Array {
  return backend.data.get(dataId).values;
}

/** A kernel of the cpu backend: the names of its inputs and the type of its attributes are those of its op. */
export function cpuKernel<Input extends string, A>(
  kernelName: string,
  run: (backend: CpuBackend, inputs: Readonly<Record<Input, tf.TensorInfo>>, attrs: A) => tf.TensorInfo,
): tf.KernelConfig {
  return {
    kernelName,
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs, backend }) =>
      run(backend as CpuBackend, inputs as Record<Input, tf.TensorInfo>, attrs as A),
  };
}
