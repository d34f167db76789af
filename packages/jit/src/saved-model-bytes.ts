import { PbfWriter } from 'pbf';
import { type Attribute, DTYPES } from './graph.js';
import type { Node, TensorData } from './node-list.js';

/**
 * The bytes of a `SavedModel` with one `MetaGraphDef`, tagged as what is to be served.
 *
 * @see `graph.proto`, `saved_model.proto` of TensorFlow
 */
export function savedModelBytes(nodes: readonly Node[]): Uint8Array {
  const writer = new PbfWriter();
  writer.writeVarintField(1, 1);
  writer.writeMessage(
    2,
    (_: null, meta) => {
      meta.writeMessage(1, (_: null, info) => info.writeStringField(4, 'serve'), null);
      meta.writeMessage(
        2,
        (_: null, graph) => {
          for (const node of nodes) graph.writeMessage(1, writeNode, node);
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

/** `NodeDef`. */
function writeNode(node: Node, to: PbfWriter): void {
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
  const { data } = node;
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
