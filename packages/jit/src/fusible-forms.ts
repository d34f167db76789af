import { type Attribute, DTYPES, type Graph, type Operation, type TensorType } from './graph.js';

/**
 * The graph with biases and matrix products in the forms that TensorFlow knows how to join with a convolution or product
 * before them: `BiasAdd` for an addition along the last axis, `MatMul` for a batched product of two matrices. As they come
 * from TensorFlow.js, TensorFlow would add up `x + bias + residual` in another order, in passes of their own.
 */
export function useFusibleForms(graph: Graph): Graph {
  return { ...graph, operations: graph.operations.map((operation) => form(graph, operation)) };
}

function form(graph: Graph, operation: Operation): Operation {
  const [a, b] = operation.inputs.map((value) => graph.types[value] as TensorType);
  if (a === undefined || b === undefined) return operation;
  if ((operation.kind === 'AddV2' || operation.kind === 'Add') && a.dtype === 'float32') {
    if (isBias(b, a)) return biasAdd(operation, operation.inputs);
    if (isBias(a, b)) return biasAdd(operation, [...operation.inputs].reverse());
  }
  if (operation.kind.startsWith('BatchMatMul') && a.shape.length === 2 && b.shape.length === 2) {
    return { ...operation, kind: 'MatMul', attributes: operation.attributes.map(renamed) };
  }
  return operation;
}

/** Whether `bias` goes along the last axis of `x`; TensorFlow takes x of rank 2 to 5. */
function isBias(bias: TensorType, x: TensorType): boolean {
  return (
    bias.shape.length === 1 &&
    x.shape.length >= 2 &&
    x.shape.length <= 5 &&
    bias.shape[0] === x.shape.at(-1) &&
    bias.dtype === x.dtype
  );
}

function biasAdd(operation: Operation, inputs: Operation['inputs']): Operation {
  const attributes: Attribute[] = [
    { name: 'T', kind: 'type', value: DTYPES.float32 },
    { name: 'data_format', kind: 'string', value: 'NHWC' },
  ];
  return { ...operation, kind: 'BiasAdd', attributes, inputs };
}

const MATMUL: Readonly<Record<string, string>> = { adj_x: 'transpose_a', adj_y: 'transpose_b' };

function renamed(attribute: Attribute): Attribute {
  return { ...attribute, name: MATMUL[attribute.name] ?? attribute.name };
}
