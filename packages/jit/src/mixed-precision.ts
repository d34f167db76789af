import { type Attribute, DTYPES, type Graph, type Operation, type TensorType, type Value } from './graph.js';

/** What gains from half the bits: the rest of a step is bound by memory or needs float32's precision. */
const PRODUCTS = new Set([
  'Conv2D',
  'Conv2DBackpropInput',
  'Conv2DBackpropFilter',
  'MatMul',
  'BatchMatMul',
  'BatchMatMulV2',
]);

/**
 * The graph with convolutions and matrix products in bfloat16, which has float32's range and 8 bits of precision: no
 * scaling of the loss is needed. Each float32 tensor that goes into one is cast once, however many take it; results
 * are cast back, so weights, normalizations, softmax, loss and optimizer stay in float32.
 *
 * @see Micikevicius et al. 2018 (arXiv:1710.03740) for float32 master weights; Kalamkar et al. 2019 (arXiv:1905.12322)
 */
export function castToBfloat16(graph: Graph): Graph {
  const types = [...graph.types];
  const operations: Operation[] = [];
  const halves = new Map<Value, Value>();
  const add = (type: TensorType): Value => types.push(type) - 1;
  const cast = (from: Value, to: Value) => {
    const type = (name: string, value: Value): Attribute => ({
      name,
      kind: 'type',
      value: DTYPES[(types[value] as TensorType).dtype],
    });
    operations.push({
      kind: 'Cast',
      attributes: [type('SrcT', from), type('DstT', to)],
      inputs: [from],
      outputs: [to],
    });
  };
  const half = (value: Value): Value => {
    const type = types[value] as TensorType;
    if (type.dtype !== 'float32') return value;
    let made = halves.get(value);
    if (made === undefined) {
      made = add({ ...type, dtype: 'bfloat16' });
      halves.set(value, made);
      cast(value, made);
    }
    return made;
  };
  for (const operation of graph.operations) {
    const single = operation.outputs.every((value) => types[value]?.dtype === 'float32');
    if (!PRODUCTS.has(operation.kind) || !single) {
      operations.push(operation);
      continue;
    }
    const inputs = operation.inputs.map(half);
    const outputs = operation.outputs.map((value) =>
      add({ ...(types[value] as TensorType), dtype: 'bfloat16' }),
    );
    const attributes = operation.attributes.map((attribute) =>
      attribute.kind === 'type' && attribute.value === DTYPES.float32
        ? { ...attribute, value: DTYPES.bfloat16 }
        : attribute,
    );
    operations.push({ ...operation, inputs, outputs, attributes });
    operation.outputs.forEach((value, i) => {
      halves.set(value, outputs[i] as Value);
      cast(outputs[i] as Value, value);
    });
  }
  return { ...graph, types, operations };
}
