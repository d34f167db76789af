import * as tf from '@tensorflow/tfjs-core';

/** What a native operation says of a result. */
export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  /** TensorFlow's number of the type. */
  readonly dtype: number;
}

/** An attribute as tfjs-node's kernels give it; `type` is TensorFlow's number of the attribute's kind. */
export interface NativeAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

export type NativeData = Float32Array | Int32Array | Uint8Array;

/** tfjs-node's addon: the part that is used here. */
export interface NativeBinding {
  createTensor(shape: number[], dtype: number, values: NativeData): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): NativeData;
  executeOp(
    kind: string,
    attributes: NativeAttribute[],
    inputs: number[],
    outputCount: number,
  ): TensorMetadata[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: number[], inputNames: string, outputNames: string): TensorMetadata[];
}

/** tfjs-node's backend: the part that is used here. Its `binding` is a plain property, so it can be stood in for. */
export interface NativeBackend {
  binding: NativeBinding;
  getInputTensorIds(tensors: readonly tf.Tensor[]): number[];
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
}

/** The backend in use, if it is tfjs-node's. */
export function nativeBackend(): NativeBackend | undefined {
  const backend = tf.backend() as unknown as Partial<NativeBackend>;
  const native =
    typeof backend.binding?.executeOp === 'function' &&
    typeof backend.binding.runSavedModel === 'function' &&
    typeof backend.getInputTensorIds === 'function' &&
    typeof backend.createOutputTensor === 'function';
  return native ? (backend as NativeBackend) : undefined;
}
