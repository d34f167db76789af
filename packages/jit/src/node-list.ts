import { type Attribute, DTYPES, type Dtype, type TensorType } from './graph.js';

/** TensorFlow's `NodeDef`. */
export interface Node {
  readonly name: string;
  readonly op: string;
  readonly inputs?: readonly string[];
  readonly attributes?: readonly Attribute[];
  /** Of a constant. */
  readonly data?: TensorData;
}

/** What a constant holds. */
export interface TensorData {
  readonly type: TensorType;
  readonly bytes: Uint8Array;
  readonly splat: boolean;
}

/** Nodes of the kinds that a step needs around its operations; each function adds one and gives its name. */
export interface NodeList {
  readonly nodes: readonly Node[];
  add(node: Node): string;
  placeholder(name: string, type: TensorType): string;
  constant(name: string, data: TensorData): string;
  /** @param after - nodes that must have run */
  identity(name: string, of: Typed, after: readonly string[]): string;
  /** Variable `i` of the session; gives the node that reads it. */
  variable(i: number, readName: string, type: TensorType): string;
  /** @param after - nodes that must have run */
  assign(name: string, to: { variable: number; value: Typed }, after?: readonly string[]): string;
  /** A copy in memory of TensorFlow's own. */
  copy(of: Typed): string;
  /** Nothing, after nodes that must have run. */
  barrier(name: string, after: readonly string[]): string;
}

/** A node's result and its element type. */
export interface Typed {
  readonly name: string;
  readonly dtype: Dtype;
}

/** An empty list. */
export function createNodeList(): NodeList {
  const nodes: Node[] = [];
  const add = (node: Node): string => {
    nodes.push(node);
    return node.name;
  };
  return {
    nodes,
    add,
    placeholder: (name, { dtype, shape }) =>
      add({ name, op: 'Placeholder', attributes: [typeAttribute('dtype', dtype), shapeAttribute(shape)] }),
    constant: (name, data) =>
      add({ name, op: 'Const', attributes: [typeAttribute('dtype', data.type.dtype)], data }),
    identity: (name, of, after) =>
      add({
        name,
        op: 'Identity',
        inputs: [of.name, ...after.map(asControl)],
        attributes: [typeAttribute('T', of.dtype)],
      }),
    variable(i, readName, { dtype, shape }) {
      const type = typeAttribute('dtype', dtype);
      const shared: Attribute = { name: 'shared_name', kind: 'string', value: variableName(i) };
      add({ name: variableName(i), op: 'VarHandleOp', attributes: [type, shapeAttribute(shape), shared] });
      return add({ name: readName, op: 'ReadVariableOp', inputs: [variableName(i)], attributes: [type] });
    },
    assign: (name, { variable, value }, after = []) =>
      add({
        name,
        op: 'AssignVariableOp',
        inputs: [variableName(variable), value.name, ...after.map(asControl)],
        attributes: [typeAttribute('dtype', value.dtype)],
      }),
    copy: ({ name, dtype }) =>
      add({
        name: `copy_of_${name}`,
        op: 'DeepCopy',
        inputs: [name],
        attributes: [typeAttribute('T', dtype)],
      }),
    barrier: (name, after) => add({ name, op: 'NoOp', inputs: after.map(asControl) }),
  };
}

function variableName(i: number): string {
  return `variable_${i}`;
}

/** As an input that is only waited for. */
function asControl(name: string): string {
  return `^${name}`;
}

function typeAttribute(name: string, dtype: Dtype): Attribute {
  return { name, kind: 'type', value: DTYPES[dtype] };
}

function shapeAttribute(shape: readonly number[]): Attribute {
  return { name: 'shape', kind: 'shape', value: shape };
}
