import { PbfWriter } from 'pbf';
import { type Attribute, DTYPES, type Dtype, type Graph, type TensorType, type Value } from './graph.js';

/** Names of a graph's nodes that a session feeds and fetches. */
export const NODES = {
  input: (i: number): string => `input_${i}`,
  output: (i: number): string => `output_${i}`,
  /** Where a new state goes in, and where the present one comes out. */
  write: (i: number): string => `write_${i}`,
  read: (i: number): string => `read_${i}`,
  /** Fetched to take over what was fed to all `write`s. */
  written: 'written',
  /** Fetched to take a step that has no outputs. */
  done: 'done',
} as const;

/** TensorFlow's `NodeDef`. */
interface Node {
  readonly name: string;
  readonly op: string;
  readonly inputs?: readonly string[];
  readonly attributes?: readonly Attribute[];
}

/** A constant's attributes. */
interface TensorData {
  readonly type: TensorType;
  readonly bytes: Uint8Array;
  readonly splat: boolean;
}

const typeAttribute = (name: string, dtype: Dtype): Attribute => ({
  name,
  kind: 'type',
  value: DTYPES[dtype],
});
const shapeAttribute = (shape: readonly number[]): Attribute => ({
  name: 'shape',
  kind: 'shape',
  value: shape,
});

/** The name of an operation's node: `Conv2D_12` for operation 12. */
export function nodeName(kind: string, i: number): string {
  return `${kind}_${i}`;
}

/**
 * A graph as the bytes of a TensorFlow SavedModel. State lives in variables of the session: a step reads them all,
 * computes everything, and only then writes them, so one that fails leaves the state as it was.
 *
 * @see `graph.proto`, `saved_model.proto` of TensorFlow
 */
export function encodeSavedModel(graph: Graph): Uint8Array {
  const names = new Map<Value, string>();
  const nodes: Node[] = [];
  const data = new Map<Node, TensorData>();
  const typeOf = (value: Value) => graph.types[value] as TensorType;
  const add = (node: Node): string => {
    nodes.push(node);
    return node.name;
  };
  const placeholder = (name: string, { dtype, shape }: TensorType) =>
    add({ name, op: 'Placeholder', attributes: [typeAttribute('dtype', dtype), shapeAttribute(shape)] });
  const constant = (name: string, tensor: TensorData) => {
    const node = { name, op: 'Const', attributes: [typeAttribute('dtype', tensor.type.dtype)] };
    data.set(node, tensor);
    return add(node);
  };
  const identity = (name: string, of: string, dtype: Dtype, after: readonly string[]) =>
    add({
      name,
      op: 'Identity',
      inputs: [of, ...after.map((each) => `^${each}`)],
      attributes: [typeAttribute('T', dtype)],
    });
  const assign = (name: string, i: number, value: string, dtype: Dtype, after: readonly string[] = []) =>
    add({
      name,
      op: 'AssignVariableOp',
      inputs: [`variable_${i}`, value, ...after.map((each) => `^${each}`)],
      attributes: [typeAttribute('dtype', dtype)],
    });

  /**
   * What is fed may lie in memory of JavaScript's, and whoever gives it up last tells JavaScript so: that has to be the
   * main thread. A variable is given up by TensorFlow's own, so it holds a copy and never what was fed, as the node's
   * outputs may do too (a reshape of an input, say).
   */
  const copy = (of: string, dtype: Dtype) =>
    add({ name: `copy_of_${of}`, op: 'DeepCopy', inputs: [of], attributes: [typeAttribute('T', dtype)] });

  graph.inputs.forEach((value, i) => {
    const fed = placeholder(NODES.input(i), typeOf(value));
    names.set(value, graph.state.length > 0 ? copy(fed, typeOf(value).dtype) : fed);
  });
  const writes = graph.state.map((value, i) => {
    const { dtype, shape } = typeOf(value);
    const attributes = [typeAttribute('dtype', dtype), shapeAttribute(shape)];
    const shared: Attribute = { name: 'shared_name', kind: 'string', value: `variable_${i}` };
    add({ name: `variable_${i}`, op: 'VarHandleOp', attributes: [...attributes, shared] });
    const read = { name: NODES.read(i), op: 'ReadVariableOp', inputs: [`variable_${i}`] };
    names.set(value, add({ ...read, attributes: [typeAttribute('dtype', dtype)] }));
    return assign(`set_${i}`, i, copy(placeholder(NODES.write(i), typeOf(value)), dtype), dtype);
  });
  for (const [i, { value, bytes, splat }] of graph.constants.entries()) {
    names.set(value, constant(`constant_${i}`, { type: typeOf(value), bytes, splat }));
  }
  graph.operations.forEach(({ kind, attributes, inputs, outputs }, i) => {
    const name = nodeName(kind, i);
    add({ name, op: kind, inputs: inputs.map((value) => names.get(value) as string), attributes });
    outputs.forEach((value, k) => names.set(value, k === 0 ? name : `${name}:${k}`));
  });

  const results = [...graph.nextState, ...graph.outputs].map((value) => names.get(value) as string);
  const reads = graph.state.map((_, i) => NODES.read(i));
  const finished = [...new Set([...results, ...reads].map((name) => name.replace(/:\d+$/, '')))];
  const computed = add({ name: 'computed', op: 'NoOp', inputs: finished.map((name) => `^${name}`) });
  const assigned = graph.nextState.flatMap((value, i) =>
    value === graph.state[i]
      ? []
      : [assign(`assign_${i}`, i, names.get(value) as string, typeOf(value).dtype, [computed])],
  );
  const stepped = add({ name: 'stepped', op: 'NoOp', inputs: assigned.map((name) => `^${name}`) });
  const one: TensorData = {
    type: { dtype: 'int32', shape: [] },
    bytes: Uint8Array.of(1, 0, 0, 0),
    splat: false,
  };
  constant('one', one);
  graph.outputs.forEach((value, i) =>
    identity(NODES.output(i), names.get(value) as string, typeOf(value).dtype, [stepped, computed]),
  );
  identity(NODES.done, 'one', 'int32', [stepped, computed]);
  identity(NODES.written, 'one', 'int32', writes);
  return savedModel(nodes, data);
}

/** `SavedModel` with one `MetaGraphDef`, tagged as what is to be served. */
function savedModel(nodes: readonly Node[], data: ReadonlyMap<Node, TensorData>): Uint8Array {
  const writer = new PbfWriter();
  writer.writeVarintField(1, 1);
  writer.writeMessage(
    2,
    (_: null, meta) => {
      meta.writeMessage(1, (_: null, info) => info.writeStringField(4, 'serve'), null);
      meta.writeMessage(
        2,
        (_: null, graph) => {
          for (const node of nodes)
            graph.writeMessage(1, (each, to) => writeNode(each, data.get(each), to), node);
          // The first version of GraphDef that today's checks apply to.
          graph.writeMessage(4, (_: null, versions) => versions.writeVarintField(1, 1987), null);
        },
        null,
      );
    },
    null,
  );
  return writer.finish();
}

function writeNode(node: Node, data: TensorData | undefined, to: PbfWriter): void {
  to.writeStringField(1, node.name);
  to.writeStringField(2, node.op);
  for (const input of node.inputs ?? []) to.writeStringField(3, input);
  const entry = (name: string, write: (to: PbfWriter) => void) =>
    to.writeMessage(
      5,
      (_: null, pair) => {
        pair.writeStringField(1, name);
        pair.writeMessage(2, (_: null, value) => write(value), null);
      },
      null,
    );
  for (const attribute of node.attributes ?? [])
    entry(attribute.name, (value) => writeAttribute(attribute, value));
  if (data) entry('value', (value) => value.writeMessage(8, writeTensor, data));
}

const encoder = new TextEncoder();

/** `AttrValue`. */
function writeAttribute({ kind, value }: Attribute, to: PbfWriter): void {
  if (kind === 'shape') to.writeMessage(7, writeShape, value as readonly number[]);
  else if (Array.isArray(value))
    to.writeMessage(1, (list, each) => writeList(kind, list, each), value as unknown[]);
  else if (kind === 'string') to.writeBytesField(2, encoder.encode(value as string));
  else if (kind === 'int') to.writeVarintField(3, Number(value));
  else if (kind === 'float') to.writeFloatField(4, value as number);
  else if (kind === 'bool') to.writeBooleanField(5, value as boolean);
  else to.writeVarintField(6, value as number);
}

/** `AttrValue.ListValue`. */
function writeList(
  kind: Exclude<Attribute['kind'], 'shape'>,
  values: readonly unknown[],
  to: PbfWriter,
): void {
  if (kind === 'string') for (const text of values) to.writeBytesField(2, encoder.encode(text as string));
  else if (kind === 'int') to.writePackedVarint(3, values.map(Number));
  else if (kind === 'float') to.writePackedFloat(4, values as number[]);
  else if (kind === 'bool') to.writePackedBoolean(5, values as boolean[]);
  else to.writePackedVarint(6, values as number[]);
}

/** `TensorShapeProto`. */
function writeShape(shape: readonly number[], to: PbfWriter): void {
  for (const size of shape) {
    to.writeMessage(2, (each: number, dimension) => dimension.writeVarintField(1, each), size);
  }
}

/** `TensorProto`; one element of a splat in the field of its type, from which TensorFlow fills the rest. */
function writeTensor({ type: { dtype, shape }, bytes, splat }: TensorData, to: PbfWriter): void {
  to.writeVarintField(1, DTYPES[dtype]);
  to.writeMessage(2, writeShape, shape);
  if (!splat) {
    to.writeBytesField(4, bytes);
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (dtype === 'float32') to.writeFloatField(5, view.getFloat32(0, true));
  else if (dtype === 'int32') to.writeVarintField(7, view.getInt32(0, true));
  else if (dtype === 'bool') to.writeBooleanField(11, view.getUint8(0) !== 0);
  else
    throw new TypeError(
      `jit: a constant that repeats one value must be float32, int32 or bool, got ${dtype}`,
    );
}
