import type { Attribute, Dtype, TensorType } from './graph.js';
import { dtypeOf } from './graph.js';

/** What a rule may look at. */
export interface OperationInputs {
  readonly types: readonly TensorType[];
  attribute(name: string): unknown;
  /** The integers that input i is known to hold; undefined if it is computed. */
  integers(i: number): Int32Array | undefined;
}

/** The type of an operation's only result; undefined where the rule can't tell. */
export type ShapeRule = (inputs: OperationInputs) => TensorType | undefined;

const first = ({ types }: OperationInputs): TensorType | undefined => types[0];

/** Shapes aligned at their ends, sizes of 1 stretched. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    shape.push(x === 1 ? y : x);
  }
  return shape;
}

const elementwise =
  (dtype?: Dtype): ShapeRule =>
  ({ types: [a, b] }) => {
    const shape = a && b && broadcast(a.shape, b.shape);
    return shape && { dtype: dtype ?? a.dtype, shape };
  };

const sameAs =
  (position: number): ShapeRule =>
  (inputs) => {
    const shape = inputs.integers(position);
    const dtype = inputs.types.find((_, i) => i !== position)?.dtype;
    return shape && dtype && { dtype, shape: [...shape] };
  };

const cast: ShapeRule = (inputs) => {
  const [x] = inputs.types;
  return x && { dtype: dtypeOf(inputs.attribute('DstT') as number), shape: x.shape };
};

const matMul: ShapeRule = (inputs) => {
  const [a, b] = inputs.types;
  if (!a || !b || a.shape.length < 2 || b.shape.length < 2) return undefined;
  const flag = (...names: string[]) => names.some((name) => inputs.attribute(name) === true);
  const rows = a.shape.at(flag('transpose_a', 'adj_x') ? -1 : -2) as number;
  const columns = b.shape.at(flag('transpose_b', 'adj_y') ? -2 : -1) as number;
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return batch && { dtype: a.dtype, shape: [...batch, rows, columns] };
};

const reduction: ShapeRule = (inputs) => {
  const [x] = inputs.types;
  const axes = inputs.integers(1);
  if (!x || !axes) return undefined;
  const reduced = new Set([...axes].map((axis) => (axis < 0 ? axis + x.shape.length : axis)));
  const keep = inputs.attribute('keep_dims') === true;
  const shape = x.shape.flatMap((size, axis) => (reduced.has(axis) ? (keep ? [1] : []) : [size]));
  return { dtype: x.dtype, shape };
};

const reshape: ShapeRule = (inputs) => {
  const [x] = inputs.types;
  const wanted = inputs.integers(1);
  if (!x || !wanted) return undefined;
  const size = x.shape.reduce((product, n) => product * n, 1);
  const known = wanted.reduce((product, n) => (n < 0 ? product : product * n), 1);
  return { dtype: x.dtype, shape: [...wanted].map((n) => (n < 0 ? size / known : n)) };
};

const transpose: ShapeRule = (inputs) => {
  const [x] = inputs.types;
  const order = inputs.integers(1);
  return x && order && { dtype: x.dtype, shape: [...order].map((axis) => x.shape[axis] as number) };
};

const concat: ShapeRule = (inputs) => {
  const parts = inputs.types.slice(0, -1);
  const [x] = parts;
  const given = inputs.integers(parts.length)?.[0];
  if (!x || given === undefined) return undefined;
  const axis = given < 0 ? given + x.shape.length : given;
  const total = parts.reduce((sum, { shape }) => sum + (shape[axis] as number), 0);
  return { dtype: x.dtype, shape: x.shape.map((size, i) => (i === axis ? total : size)) };
};

const convolution: ShapeRule = (inputs) => {
  const [x, filter] = inputs.types;
  const strides = inputs.attribute('strides') as number[];
  const dilations = (inputs.attribute('dilations') as number[] | undefined) ?? [1, 1, 1, 1];
  const padding = inputs.attribute('padding');
  const plain = inputs.attribute('data_format') === 'NHWC' && (padding === 'SAME' || padding === 'VALID');
  if (!x || !filter || !plain) return undefined;
  const size = (axis: 1 | 2) => {
    const length = x.shape[axis] as number;
    const stride = strides[axis] as number;
    const reach = ((filter.shape[axis - 1] as number) - 1) * (dilations[axis] as number);
    return Math.ceil((padding === 'SAME' ? length : length - reach) / stride);
  };
  return { dtype: x.dtype, shape: [x.shape[0] as number, size(1), size(2), filter.shape[3] as number] };
};

const rules = (rule: ShapeRule, kinds: string): [string, ShapeRule][] =>
  kinds.split(' ').map((kind) => [kind, rule]);

/**
 * How the operations that a network spends its time in shape their results, so that recording a step need not run
 * them. What isn't here is run once on zeros instead.
 */
export const SHAPE_RULES: ReadonlyMap<string, ShapeRule> = new Map([
  ...rules(
    first,
    'Identity Neg Abs Exp Expm1 Log Log1p Sqrt Rsqrt Square Reciprocal Sigmoid Tanh Relu Relu6 Elu Selu Softplus Erf ' +
      'Sin Cos Tan Sinh Cosh Sign Floor Ceil Round Softmax LogSoftmax AddN ClipByValue',
  ),
  ...rules(elementwise(), 'Add AddV2 Sub Mul Div RealDiv Maximum Minimum SquaredDifference Pow FloorDiv'),
  ...rules(elementwise('bool'), 'Greater GreaterEqual Less LessEqual Equal NotEqual LogicalAnd LogicalOr'),
  ...rules(matMul, 'MatMul BatchMatMul BatchMatMulV2'),
  ...rules(reduction, 'Sum Mean Max Min Prod'),
  ...rules(sameAs(0), 'Conv2DBackpropInput'),
  ...rules(sameAs(1), 'Conv2DBackpropFilter'),
  ['Cast', cast],
  ['Reshape', reshape],
  ['Transpose', transpose],
  ['ConcatV2', concat],
  ['Conv2D', convolution],
]);

/** Looks an attribute's value up. */
export function attributeOf(attributes: readonly Attribute[], name: string): unknown {
  return attributes.find((attribute) => attribute.name === name)?.value;
}
