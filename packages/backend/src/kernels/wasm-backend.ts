import * as tf from '@tensorflow/tfjs-core';

/**
 * What the kernels here use of `@tensorflow/tfjs-backend-wasm` beside its registered kernels; its classes are not
 * exported.
 */
export interface WasmBackend {
  readonly wasm: {
    cwrap(name: string, returns: null, args: readonly string[]): (...args: unknown[]) => void;
    readonly tfjs: {
      registerTensor(id: number, size: number, offset: number): void;
      disposeData(id: number): void;
    };
  };
  readonly dataIdMap: { get(dataId: object): { readonly id: number; readonly memoryOffset: number } };
  dataIdNextNumber: number;
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array | Int32Array | Uint8Array;
  incRef(dataId: object): void;
  disposeData(dataId: object): boolean;
}

/**
 * Calls the kernel that the wasm backend has under a name. The result is outside TF.js's bookkeeping: it is handed on
 * as a kernel's output, or freed by {@link free}.
 */
export function callKernel(
  backend: WasmBackend,
  name: string,
  inputs: Record<string, tf.TensorInfo>,
  attrs: Readonly<Record<string, unknown>>,
): tf.TensorInfo {
  const kernel = tf.getKernel(name, 'wasm');
  if (!kernel) throw new Error(`callKernel: the wasm backend must have ${name}, got none`);
  return kernel.kernelFunc({ inputs, attrs: attrs as tf.NamedAttrMap, backend }) as tf.TensorInfo;
}

/** The same values under another shape: borrows, so it is not freed itself. */
export function view(info: tf.TensorInfo, shape: number[]): tf.TensorInfo {
  return { dataId: info.dataId, dtype: info.dtype, shape };
}

/** `info` with its axes permuted: new values. */
export function transpose(backend: WasmBackend, x: tf.TensorInfo, perm: number[]): tf.TensorInfo {
  return callKernel(backend, tf.Transpose, { x }, { perm });
}

/** Frees results of {@link callKernel} and `makeOutput`. */
export function free(backend: WasmBackend, ...infos: readonly tf.TensorInfo[]): void {
  for (const { dataId } of infos) backend.disposeData(dataId);
}

/** The values of a float32 tensor, in place: valid until the next allocation. */
export function values(backend: WasmBackend, info: tf.TensorInfo): Float32Array {
  return backend.typedArrayFromHeap(info) as Float32Array;
}

/** A kernel of the wasm backend: the names of its inputs and the type of its attributes are those of its op. */
export function wasmKernel<Input extends string, A>(
  kernelName: string,
  run: (backend: WasmBackend, inputs: Readonly<Record<Input, tf.TensorInfo>>, attrs: A) => tf.TensorInfo,
): tf.KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) =>
      run(backend as WasmBackend, inputs as Record<Input, tf.TensorInfo>, attrs as A),
  };
}
