import { indexOf } from './graph-index.js';
import { OWN } from './own-operations.js';
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

/** Our own normalization can take and give bfloat16, so that no cast stands between it and a product. */
const NORMS: ReadonlySet<string> = new Set([OWN.groupNorm, OWN.groupNormGrad]);

/**
 * The graph with convolutions and matrix products in bfloat16, which has float32's range and 8 bits of precision: no
 * scaling of the loss is needed. Each float32 tensor that goes into one is cast once, however many take it; results
 * are cast back, so weights, normalizations, softmax, loss and optimizer stay in float32. Where normalizations are kernels of our
 * own, they compute in float32 but take what a product made, and give what a product takes, as bfloat16.
 *
 * @see Micikevicius et al. 2018 (arXiv:1710.03740) for float32 master weights; Kalamkar et al. 2019 (arXiv:1905.12322)
 */
export function castToBfloat16(graph: Graph): Graph {
  const halved = halvedGraph(graph);
  for (const operation of graph.operations) {
    const isSingle = operation.outputs.every((value) => graph.types[value]?.dtype === 'float32');
    if (PRODUCTS.has(operation.kind) && isSingle) addProduct(halved, operation);
    else if (operation.kind === 'Reshape') addReshape(halved, operation);
    else if (NORMS.has(operation.kind)) addNorm(halved, operation);
    else halved.operations.push(operation);
  }
  return { ...graph, types: halved.types, operations: halved.operations };
}

/** A graph while it is being made. */
interface HalvedGraph {
  readonly types: TensorType[];
  readonly operations: Operation[];
  /** The bfloat16 form of a value, cast now if there is none. */
  half(value: Value): Value;
  /** That form if the value was made in it, so that whoever takes it loses nothing. */
  exactHalf(value: Value): Value | undefined;
  /** A new bfloat16 form of a value, to be made in it. */
  makeHalf(value: Value): Value;
  /** Casts it back. */
  castBack(value: Value): void;
  /** Whether only products take a value. */
  isForProducts(value: Value): boolean;
}

function halvedGraph(graph: Graph): HalvedGraph {
  const types = [...graph.types];
  const operations: Operation[] = [];
  const halves = new Map<Value, Value>();
  const exact = new Set<Value>();
  const index = indexOf(graph);
  const results = new Set([...graph.outputs, ...graph.nextState]);
  const typeOf = (value: Value) => types[value] as TensorType;
  const addHalf = (value: Value) => {
    const made = types.push({ ...typeOf(value), dtype: 'bfloat16' }) - 1;
    halves.set(value, made);
    return made;
  };
  const cast = (from: Value, to: Value) => {
    const type = (name: string, value: Value): Attribute => ({
      name,
      kind: 'type',
      value: DTYPES[typeOf(value).dtype],
    });
    const attributes = [type('SrcT', from), type('DstT', to)];
    operations.push({ kind: 'Cast', attributes, inputs: [from], outputs: [to] });
  };
  const isForProducts = (value: Value): boolean =>
    !results.has(value) &&
    index
      .takersOf(value)
      .every(({ kind, outputs }) =>
        kind === 'Reshape' ? isForProducts(outputs[0] as Value) : PRODUCTS.has(kind),
      );
  return {
    types,
    operations,
    half(value) {
      if (typeOf(value).dtype !== 'float32') return value;
      const known = halves.get(value);
      if (known !== undefined) return known;
      const made = addHalf(value);
      cast(value, made);
      return made;
    },
    exactHalf: (value) => (exact.has(value) ? halves.get(value) : undefined),
    makeHalf(value) {
      exact.add(value);
      return addHalf(value);
    },
    castBack: (value) => cast(halves.get(value) as Value, value),
    isForProducts,
  };
}

/** With type attributes in bfloat16: those of the names, or all that are float32. */
const inHalf = (attributes: readonly Attribute[], ...names: readonly string[]): Attribute[] =>
  attributes.map((attribute) =>
    attribute.kind === 'type' &&
    attribute.value === DTYPES.float32 &&
    (names.length === 0 || names.includes(attribute.name))
      ? { ...attribute, value: DTYPES.bfloat16 }
      : attribute,
  );

function addProduct(halved: HalvedGraph, operation: Operation): void {
  const inputs = operation.inputs.map(halved.half);
  const outputs = operation.outputs.map(halved.makeHalf);
  halved.operations.push({ ...operation, inputs, outputs, attributes: inHalf(operation.attributes) });
  operation.outputs.forEach(halved.castBack);
}

/** A reshape of what was made in bfloat16 is one of that, too, and of nothing else if only products take it. */
function addReshape(halved: HalvedGraph, operation: Operation): void {
  const [x, ...rest] = operation.inputs as [Value, ...Value[]];
  const [y] = operation.outputs as [Value];
  const half = halved.exactHalf(x);
  if (half !== undefined) {
    const outputs = [halved.makeHalf(y)];
    halved.operations.push({
      ...operation,
      inputs: [half, ...rest],
      outputs,
      attributes: inHalf(operation.attributes, 'T'),
    });
  }
  if (half === undefined || !halved.isForProducts(y)) halved.operations.push(operation);
}

function addNorm(halved: HalvedGraph, operation: Operation): void {
  const isForward = operation.kind === OWN.groupNorm;
  // Of the type `Tin` is what was normalized; of `Tout` the result, or the gradient by it.
  const at = isForward ? 0 : 1;
  const x = halved.exactHalf(operation.inputs[at] as Value);
  const dz = isForward ? undefined : halved.exactHalf(operation.inputs[0] as Value);
  const [y, ...rest] = operation.outputs as [Value, ...Value[]];
  const halves = isForward && halved.isForProducts(y);
  const types = [...(x === undefined ? [] : ['Tin']), ...(halves || dz !== undefined ? ['Tout'] : [])];
  halved.operations.push({
    ...operation,
    inputs: operation.inputs.map((value, i) => (i === at ? x : i === 0 ? dz : undefined) ?? value),
    outputs: halves ? [halved.makeHalf(y), ...rest] : operation.outputs,
    attributes: types.length > 0 ? inHalf(operation.attributes, ...types) : operation.attributes,
  });
}
