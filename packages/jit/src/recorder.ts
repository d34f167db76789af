import type * as tf from '@tensorflow/tfjs-core';
import { nextTensorId } from './engine-hooks.js';
import { replaceGather } from './gather-kernel.js';
import {
  type Attribute,
  type Constant,
  DTYPES,
  dtypeOf,
  type Graph,
  type Operation,
  type TensorType,
  typeText,
  type Value,
} from './graph.js';
import type {
  NativeAttribute,
  NativeBackend,
  NativeBinding,
  NativeData,
  TensorMetadata,
} from './native-backend.js';
import { checkDeterministic, readError } from './refusals.js';
import { attributeOf, SHAPE_RULES } from './shape-rules.js';

/** TensorFlow's numbers of the kinds of attributes (`TF_AttrType`). */
const ATTRIBUTE_KINDS = ['string', 'int', 'float', 'bool', 'type', 'shape'] as const;

/** Listens to a backend. */
export interface Recorder {
  /** A tensor without data, known to the graph. */
  abstract(type: TensorType): { tensor: tf.Tensor; value: Value };
  /** What the graph calls a tensor; one from outside becomes a constant. */
  valueOf(tensor: tf.Tensor): Value;
  /** All that was recorded. */
  content(): Pick<Graph, 'types' | 'constants' | 'operations'>;
  /** Lets go of the backend. */
  stop(): void;
}

const listening = new WeakSet<NativeBackend>();

/** Whether a step is being recorded on the backend. */
export function isRecording(backend: NativeBackend): boolean {
  return listening.has(backend);
}

/**
 * Puts itself between tfjs-node's kernels and its addon. Operations are written down instead of run: a tensor made by
 * one has a shape and a type but no data. (Shapes come from rules; an operation without one is run on zeros.) So
 * recording costs no more than the TensorFlow.js calls themselves, and data can't leak into the graph by being looked
 * at.
 *
 * @throws from the backend's methods, while it listens, if data is asked for
 */
export function startRecorder(backend: NativeBackend): Recorder {
  const real = backend.binding;
  const ownIds = Object.prototype.hasOwnProperty.call(backend, 'getInputTensorIds');
  const originalIds = backend.getInputTensorIds;
  const types: TensorType[] = [];
  const constants: Constant[] = [];
  const constantOf = new Map<Value, Constant>();
  const operations: Operation[] = [];
  const valueOfId = new Map<number, Value>();
  const zeros = new Map<string, number>();
  // What the backend is asked the id of, and the first tensor that isn't from outside.
  let asked: tf.Tensor | undefined;
  const firstOwn = nextTensorId();
  const restoreGather = replaceGather();
  // Below 0: never the id of a real tensor, and never passed on for deletion.
  let nextId = -2;

  const addValue = (type: TensorType): Value => types.push(type) - 1;
  const addConstant = (id: number, type: TensorType, data: NativeData, captured: boolean): Value => {
    const value = addValue(type);
    const constant = { value, captured, ...compact(type, data) };
    constants.push(constant);
    constantOf.set(value, constant);
    valueOfId.set(id, value);
    return value;
  };
  const known = (id: number): Value => {
    const value = valueOfId.get(id);
    if (value === undefined)
      throw new Error(`jit: tensor ${id} must be recorded before it is used, got none`);
    return value;
  };

  const runOnZeros = (
    kind: string,
    attributes: NativeAttribute[],
    inputs: readonly Value[],
    outputCount: number,
  ): TensorType[] => {
    const temporary: number[] = [];
    const ids = inputs.map((value) => {
      const type = types[value] as TensorType;
      const constant = constantOf.get(value);
      const code = DTYPES[type.dtype];
      if (constant) {
        const id = real.createTensor([...type.shape], code, expand(type, constant));
        temporary.push(id);
        return id;
      }
      const key = typeText(type);
      let id = zeros.get(key);
      if (id === undefined) zeros.set(key, (id = real.createTensor([...type.shape], code, zeroData(type))));
      return id;
    });
    const results = real.executeOp(kind, attributes, ids, outputCount);
    for (const id of [...temporary, ...results.map((result) => result.id)]) real.deleteTensor(id);
    return results.map(({ dtype, shape }) => ({ dtype: dtypeOf(dtype), shape }));
  };

  const executeOp: NativeBinding['executeOp'] = (kind, attributes, ids, outputCount) => {
    checkDeterministic(kind);
    const inputs = ids.map(known);
    const recorded = withTypes(kind, attributes.map(toAttribute), inputs, types);
    const single = SHAPE_RULES.get(kind)?.({
      types: inputs.map((value) => types[value] as TensorType),
      attribute: (name) => attributeOf(recorded, name),
      integers: (i) => {
        const value = inputs[i] as Value;
        const constant = constantOf.get(value);
        const type = types[value] as TensorType;
        return constant && type.dtype === 'int32' ? (expand(type, constant) as Int32Array) : undefined;
      },
    });
    const results = single ? [single] : runOnZeros(kind, attributes, inputs, outputCount);
    const outputs = results.map(addValue);
    operations.push({ kind, attributes: recorded, inputs, outputs });
    return outputs.map((value): TensorMetadata => {
      const { dtype, shape } = types[value] as TensorType;
      const id = nextId--;
      valueOfId.set(id, value);
      return { id, shape: [...shape], dtype: DTYPES[dtype] };
    });
  };

  const standIn: Partial<NativeBinding> = {
    executeOp,
    createTensor(shape, dtype, data) {
      const id = real.createTensor(shape, dtype, data);
      const captured = asked !== undefined && asked.id < firstOwn;
      addConstant(id, { dtype: dtypeOf(dtype), shape: [...shape] }, data, captured);
      return id;
    },
    deleteTensor(id) {
      if (id >= 0) real.deleteTensor(id);
    },
    tensorDataSync(id) {
      if (id >= 0) return real.tensorDataSync(id);
      const value = known(id);
      const maker = operations.find(({ outputs }) => outputs.includes(value));
      throw readError(maker?.kind, types[value] as TensorType);
    },
  };
  // Not a proxy of the addon itself, whose properties can't be told otherwise than they are.
  backend.binding = new Proxy(standIn as NativeBinding, {
    get(_, key) {
      const own = standIn[key as keyof NativeBinding];
      if (own) return own;
      const property: unknown = Reflect.get(real, key, real);
      return typeof property === 'function' ? (property.bind(real) as unknown) : property;
    },
  });
  const idsOf = (tensors: readonly tf.Tensor[]): number[] =>
    tensors.map((tensor) => {
      asked = tensor;
      const [id] = originalIds.call(backend, [tensor]) as [number];
      asked = undefined;
      if (!valueOfId.has(id)) {
        const type = { dtype: tensor.dtype, shape: [...tensor.shape] };
        addConstant(id, type as TensorType, real.tensorDataSync(id), true);
      }
      return id;
    });
  backend.getInputTensorIds = idsOf;
  listening.add(backend);

  return {
    abstract(type) {
      const value = addValue(type);
      const id = nextId--;
      valueOfId.set(id, value);
      const tensor = backend.createOutputTensor({ id, shape: [...type.shape], dtype: DTYPES[type.dtype] });
      return { tensor, value };
    },
    valueOf: (tensor) => known((idsOf([tensor]) as [number])[0]),
    content: () => ({ types, constants, operations }),
    stop() {
      listening.delete(backend);
      restoreGather();
      backend.binding = real;
      if (ownIds) backend.getInputTensorIds = originalIds;
      else delete (backend as Partial<NativeBackend>).getInputTensorIds;
      for (const id of zeros.values()) real.deleteTensor(id);
      zeros.clear();
    },
  };
}

function toAttribute({ name, type, value }: NativeAttribute): Attribute {
  const kind = ATTRIBUTE_KINDS[type];
  if (kind === undefined) {
    throw new TypeError(`jit: attribute ${name} must be of a kind in 0 … 5, got ${type}`);
  }
  return { name, kind, value: Array.isArray(value) ? [...(value as unknown[])] : value };
}

/** Type attributes that TensorFlow works out by itself where operations run one by one, and that a graph must name. */
const OMITTED: Readonly<Record<string, readonly string[]>> = { ExpandDims: ['T', 'Tdim'] };

function withTypes(
  kind: string,
  attributes: Attribute[],
  inputs: readonly Value[],
  types: readonly TensorType[],
): Attribute[] {
  (OMITTED[kind] ?? []).forEach((name, i) => {
    const { dtype } = types[inputs[i] as Value] as TensorType;
    if (attributeOf(attributes, name) === undefined)
      attributes.push({ name, kind: 'type', value: DTYPES[dtype] });
  });
  return attributes;
}

/** A copy of the data, of one element only if all are the same bits. */
function compact({ dtype }: TensorType, data: NativeData): Pick<Constant, 'bytes' | 'splat'> {
  if (!ArrayBuffer.isView(data)) {
    throw new TypeError(
      `jit: a constant must be of numbers or booleans, got ${dtype}; keep it out of the step`,
    );
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const splat = dtype !== 'int64' && data.length > 1 && isSplat(data);
  return { bytes: splat ? bytes.slice(0, data.BYTES_PER_ELEMENT) : bytes.slice(), splat };
}

function isSplat(data: NativeData): boolean {
  const bits =
    data instanceof Float32Array ? new Int32Array(data.buffer, data.byteOffset, data.length) : data;
  const value = bits[0];
  for (let i = 1; i < bits.length; i++) if (bits[i] !== value) return false;
  return true;
}

function zeroData({ dtype, shape }: TensorType): NativeData {
  const size = shape.reduce((product, n) => product * n, 1);
  if (dtype === 'float32') return new Float32Array(size);
  if (dtype === 'complex64') return new Float32Array(2 * size);
  if (dtype === 'int32') return new Int32Array(size);
  if (dtype === 'int64') return new Int32Array(2 * size);
  return new Uint8Array(size);
}

/** A constant's data in full. */
export function expand(type: TensorType, { bytes, splat }: Pick<Constant, 'bytes' | 'splat'>): NativeData {
  const data = zeroData(type);
  const target = new Uint8Array(data.buffer);
  if (!splat) target.set(bytes);
  else for (let at = 0; at < target.length; at += bytes.length) target.set(bytes, at);
  return data;
}
