import * as tf from '@tensorflow/tfjs-core';

/** An attribute as tfjs-node's addon takes it; `type` is TensorFlow's number of its kind (`TF_AttrType`). */
export interface NativeAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** tfjs-node's backend: what is used of it here. */
interface NativeBackend {
  readonly binding: {
    executeOp(name: string, attributes: NativeAttribute[], inputs: number[], outputs: number): object[];
  };
  getInputTensorIds(tensors: readonly tf.Tensor[]): number[];
  createOutputTensor(metadata: object): tf.Tensor;
}

/** TensorFlow's numbers of kinds of attributes, and of float32. */
const [INT, FLOAT, BOOL, TYPE] = [1, 2, 3, 4];
const FLOAT32 = 1;

export const int = (name: string, value: number): NativeAttribute => ({ name, type: INT, value });
export const float = (name: string, value: number): NativeAttribute => ({ name, type: FLOAT, value });
export const bool = (name: string, value: boolean): NativeAttribute => ({ name, type: BOOL, value });
export const float32 = (name: string): NativeAttribute => ({ name, type: TYPE, value: FLOAT32 });

/** What a kernel of TF.js is called with. */
export interface KernelCall {
  readonly inputs: tf.NamedTensorInfoMap;
  readonly attrs?: tf.NamedAttrMap;
  readonly backend: unknown;
}

/** An operation of TensorFlow's, by its name there. */
export interface NativeOperation {
  readonly name: string;
  readonly attributes: NativeAttribute[];
  /** In the operation's order; nothing stands for what is left out. */
  readonly inputs: readonly (tf.Tensor | undefined)[];
  readonly outputs: number;
}

/** Runs an operation on tfjs-node. */
export function execute(
  backend: unknown,
  { name, attributes, inputs, outputs }: NativeOperation,
): tf.Tensor[] {
  const { binding } = backend as NativeBackend;
  const native = backend as NativeBackend;
  const none = inputs.includes(undefined) ? tf.zeros([0]) : undefined;
  const ids = native.getInputTensorIds(inputs.map((input) => input ?? (none as tf.Tensor)));
  const results = binding.executeOp(name, attributes, ids, outputs);
  none?.dispose();
  return results.map((result) => native.createOutputTensor(result));
}

/** A kernel of TF.js for tfjs-node. */
export function nativeKernel(kernelName: string, run: (call: KernelCall) => tf.Tensor[]): tf.KernelConfig {
  return { kernelName, backendName: 'tensorflow', kernelFunc: run as unknown as tf.KernelFunc };
}
