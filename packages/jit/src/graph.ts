/**
 * The form between recording a step and running it: what the recorder makes, the passes change, and a target runs.
 * It names TensorFlow's operations, since those are what TensorFlow.js's native kernels call, but nothing of how they
 * are stored or run.
 */

/** Element types, as TensorFlow numbers them (`types.proto`). */
export const DTYPES = {
  float32: 1,
  int32: 3,
  uint8: 4,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
} as const;

export type Dtype = keyof typeof DTYPES;

/** Index into {@link Graph.types}: a tensor that the graph knows. */
export type Value = number;

export interface TensorType {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/** An attribute of an operation; a list where `value` is an array (of a `shape`: the sizes). */
export interface Attribute {
  readonly name: string;
  readonly kind: 'string' | 'int' | 'float' | 'bool' | 'type' | 'shape';
  readonly value: unknown;
}

export interface Operation {
  /** TensorFlow's name: `Conv2D`, `AddV2` … */
  readonly kind: string;
  readonly attributes: readonly Attribute[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** Known data. */
export interface Constant {
  readonly value: Value;
  /** Little-endian bytes of all elements, or of the one that they all are. */
  readonly bytes: Uint8Array;
  readonly splat: boolean;
  /** Whether the tensor was made outside the step. */
  readonly captured: boolean;
}

/** A step: from inputs and state, by operations in an order that can be run, to outputs and the next state. */
export interface Graph {
  readonly types: readonly TensorType[];
  readonly inputs: readonly Value[];
  readonly state: readonly Value[];
  readonly constants: readonly Constant[];
  readonly operations: readonly Operation[];
  readonly outputs: readonly Value[];
  /** One for each of `state`, of its type. */
  readonly nextState: readonly Value[];
}

const NAMES = new Map(Object.entries(DTYPES).map(([name, code]) => [code as number, name as Dtype]));

/** @throws TypeError for a type that no graph here can hold */
export function dtypeOf(code: number): Dtype {
  const dtype = NAMES.get(code);
  if (dtype === undefined) {
    throw new TypeError(
      `jit: every tensor in a step must be of a type in ${Object.keys(DTYPES).join(', ')}, got TensorFlow's type ${code}`,
    );
  }
  return dtype;
}

/** `float32 [64,32,32,3]` */
export function typeText({ dtype, shape }: TensorType): string {
  return `${dtype} [${shape.join(',')}]`;
}

/** An operation for people: `Conv2D(float32 [16,8,8,3], float32 [3,3,3,32])`. */
export function operationText(graph: Pick<Graph, 'types'>, { kind, inputs }: Operation): string {
  return `${kind}(${inputs.map((value) => typeText(graph.types[value] as TensorType)).join(', ')})`;
}
