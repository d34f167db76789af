import type * as tf from '@tensorflow/tfjs-core';
import { expand } from './constant-data.js';
import { nextTensorId } from './engine-hooks.js';
import { replaceGather } from './gather-kernel.js';
import { type Attribute, DTYPES, dtypeOf, type Graph, type TensorType, type Value } from './graph.js';
import type { NativeAttribute, NativeBackend, NativeBinding } from './native-backend.js';
import { onZeros, type OnZeros } from './on-zeros.js';
import { checkDeterministic, readError } from './refusals.js';
import { OWN_RULES } from './own-operations.js';
import { attributeOf, type OperationInputs, SHAPE_RULES } from './shape-rules.js';
import { createTape, type Tape } from './tape.js';

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
  const { binding } = backend;
  const ownIds = Object.prototype.hasOwnProperty.call(backend, 'getInputTensorIds');
  const originalIds = backend.getInputTensorIds;
  const tape = createTape();
  const zeros = onZeros(binding, tape);
  // What the backend is asked the id of, and the first tensor that isn't from outside.
  let asked: tf.Tensor | undefined;
  const firstOwn = nextTensorId();
  const restoreGather = replaceGather();
  const idOf = (tensor: tf.Tensor): number => {
    asked = tensor;
    const [id] = originalIds.call(backend, [tensor]) as [number];
    asked = undefined;
    if (!tape.has(id)) {
      const type = { dtype: tensor.dtype, shape: [...tensor.shape] } as TensorType;
      tape.addConstant(id, type, { data: binding.tensorDataSync(id), captured: true });
    }
    return id;
  };
  backend.binding = standInFor(
    binding,
    recordingBinding(binding, { tape, zeros, isOutside: () => asked !== undefined && asked.id < firstOwn }),
  );
  backend.getInputTensorIds = (tensors) => tensors.map(idOf);
  listening.add(backend);

  return {
    abstract(type) {
      const value = tape.addValue(type);
      return { tensor: backend.createOutputTensor(tape.handleOf(value)), value };
    },
    valueOf: (tensor) => tape.valueOf(idOf(tensor)),
    content: tape.content,
    stop() {
      listening.delete(backend);
      restoreGather();
      backend.binding = binding;
      if (ownIds) backend.getInputTensorIds = originalIds;
      else delete (backend as Partial<NativeBackend>).getInputTensorIds;
      zeros.dispose();
    },
  };
}

/** What a recording has at hand while the backend calls it. */
interface Recording {
  readonly tape: Tape;
  readonly zeros: OnZeros;
  /** Whether the tensor whose id the backend is being asked was made outside the step. */
  isOutside(): boolean;
}

/** The addon's functions that are answered from the tape. */
function recordingBinding(binding: NativeBinding, recording: Recording): Partial<NativeBinding> {
  const { tape, zeros, isOutside } = recording;
  return {
    executeOp(kind, attributes, ids, outputCount) {
      checkDeterministic(kind);
      const inputs = ids.map(tape.valueOf);
      const recorded = withTypes(kind, attributes.map(toAttribute), inputs.map(tape.typeOf));
      const results =
        typesByRule(tape, kind, recorded, inputs) ?? zeros.typesOf({ kind, attributes, inputs, outputCount });
      const outputs = results.map(tape.addValue);
      tape.addOperation({ kind, attributes: recorded, inputs, outputs });
      return outputs.map(tape.handleOf);
    },
    createTensor(shape, dtype, data) {
      const id = binding.createTensor(shape, dtype, data);
      tape.addConstant(id, { dtype: dtypeOf(dtype), shape: [...shape] }, { data, captured: isOutside() });
      return id;
    },
    deleteTensor(id) {
      if (id >= 0) binding.deleteTensor(id);
    },
    tensorDataSync(id) {
      if (id >= 0) return binding.tensorDataSync(id);
      const value = tape.valueOf(id);
      throw readError(tape.makerOf(value)?.kind, tape.typeOf(value));
    },
  };
}

/** `binding` with some functions of its own; not a proxy of the addon, whose properties can't be told otherwise than they are. */
function standInFor(binding: NativeBinding, functions: Partial<NativeBinding>): NativeBinding {
  return new Proxy(functions as NativeBinding, {
    get(_, key) {
      const own = functions[key as keyof NativeBinding];
      if (own) return own;
      const property: unknown = Reflect.get(binding, key, binding);
      return typeof property === 'function' ? (property.bind(binding) as unknown) : property;
    },
  });
}

/** The types of an operation's results, where a rule tells them. */
function typesByRule(
  tape: Tape,
  kind: string,
  attributes: readonly Attribute[],
  inputs: readonly Value[],
): TensorType[] | undefined {
  const known: OperationInputs = {
    types: inputs.map(tape.typeOf),
    attribute: (name) => attributeOf(attributes, name),
    integers(i) {
      const value = inputs[i] as Value;
      const constant = tape.constantOf(value);
      const type = tape.typeOf(value);
      return constant && type.dtype === 'int32' ? (expand(type, constant) as Int32Array) : undefined;
    },
  };
  const own = OWN_RULES.get(kind);
  if (own) return own(known);
  const type = SHAPE_RULES.get(kind)?.(known);
  return type && [type];
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

function withTypes(kind: string, attributes: Attribute[], types: readonly TensorType[]): Attribute[] {
  (OMITTED[kind] ?? []).forEach((name, i) => {
    const { dtype } = types[i] as TensorType;
    if (attributeOf(attributes, name) === undefined)
      attributes.push({ name, kind: 'type', value: DTYPES[dtype] });
  });
  return attributes;
}
