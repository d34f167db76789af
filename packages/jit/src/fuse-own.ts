import {
  type Attribute,
  type Graph,
  type Operation,
  typeText,
  type TensorType,
  type Value,
} from './graph.js';
import { type GraphIndex, indexOf, inOrder } from './graph-index.js';
import { GROUP_NORM_GRAD, OWN } from './own-operations.js';
import { attributeOf } from './shape-rules.js';

/** Operations in place of others: `undefined` for what is done by another now. */
type Changes = Map<Operation, Operation | undefined>;

/**
 * The graph with sums that follow one of our operations made part of it, each of which would be a pass of its own over memory: the
 * gradient that is added to that of a group normalization, the weights to which an optimizer's updates are added, and an average of them.
 */
export function fuseIntoOwn(graph: Graph): Graph {
  const kinds = new Set(graph.operations.map(({ kind }) => kind));
  let fused = graph;
  if (kinds.has(OWN.groupNormGrad)) fused = changed(fused, addends(fused));
  if (kinds.has(OWN.adam)) {
    fused = changed(fused, appliedUpdates(fused));
    fused = changed(fused, averages(fused));
  }
  return fused;
}

function changed(graph: Graph, changes: Changes): Graph {
  if (changes.size === 0) return graph;
  const operations = graph.operations.flatMap((operation) =>
    changes.has(operation) ? (changes.get(operation) ?? []) : operation,
  );
  const ordered = inOrder(operations);
  // What is joined waits for the inputs of all its parts; should two of them wait for each other, all stays as it was.
  return ordered ? { ...graph, operations: ordered } : graph;
}

const replaced = (values: readonly Value[], at: number, value: Value) =>
  values.map((each, i) => (i === at ? value : each));

const isSum = ({ kind }: Operation) => kind === 'AddV2' || kind === 'Add';

/** The other of two terms of the same type, if `operation` is a sum and `term` one of them. */
function otherTerm({ types }: Graph, operation: Operation, term: Value): Value | undefined {
  const [a, b] = operation.inputs;
  if (!isSum(operation) || a === undefined || b === undefined || a === b) return undefined;
  const alike = typeText(types[a] as TensorType) === typeText(types[b] as TensorType);
  return alike ? (a === term ? b : a) : undefined;
}

/** `dx + other` as one operation, where nothing else takes dx. */
function addends(graph: Graph): Changes {
  const index = indexOf(graph);
  const changes: Changes = new Map();
  for (const operation of graph.operations) {
    if (operation.kind !== OWN.groupNormGrad) continue;
    const empty = graph.types[operation.inputs[GROUP_NORM_GRAD.addend] as Value] as TensorType;
    const dx = operation.outputs[GROUP_NORM_GRAD.dx] as Value;
    const [sum] = index.takersOf(dx);
    if (empty.shape.length !== 1 || !sum || changes.has(sum) || !index.isOnlyFor(dx, sum)) continue;
    const other = otherTerm(graph, sum, dx);
    if (other === undefined || index.dependsOn(other, operation)) continue;
    changes.set(sum, undefined);
    changes.set(operation, {
      ...operation,
      inputs: replaced(operation.inputs, GROUP_NORM_GRAD.addend, other),
      outputs: replaced(operation.outputs, GROUP_NORM_GRAD.dx, sum.outputs[0] as Value),
    });
  }
  return changes;
}

const withAttribute = (attributes: readonly Attribute[], name: string, value: unknown): Attribute[] =>
  attributes.map((attribute) => (attribute.name === name ? { ...attribute, value } : attribute));

/** `weight + update` for all weights as part of the optimizer's step, where all updates go nowhere else. */
function appliedUpdates(graph: Graph): Changes {
  const index = indexOf(graph);
  const changes: Changes = new Map();
  const state = new Set(graph.state);
  for (const operation of graph.operations) {
    if (operation.kind !== OWN.adam || attributeOf(operation.attributes, 'apply') === true) continue;
    const count = attributeOf(operation.attributes, 'N') as number;
    const sums = operation.outputs.slice(0, count).map((update) => {
      const [sum] = index.takersOf(update);
      const weight = sum && index.isOnlyFor(update, sum) ? otherTerm(graph, sum, update) : undefined;
      return sum && weight !== undefined && state.has(weight) ? { sum, weight } : undefined;
    });
    if (!sums.every((each) => each !== undefined)) continue;
    const weights = sums.map(({ weight }) => weight);
    // What decays must be what is updated.
    const decays = attributeOf(operation.attributes, 'decays') === true;
    if (decays && weights.some((weight, i) => weight !== operation.inputs[count + i])) continue;
    for (const { sum } of sums) changes.set(sum, undefined);
    changes.set(operation, {
      ...operation,
      attributes: withAttribute(operation.attributes, 'apply', true),
      inputs: [...operation.inputs.slice(0, count), ...weights, ...operation.inputs.slice(2 * count)],
      outputs: [...sums.map(({ sum }) => sum.outputs[0] as Value), ...operation.outputs.slice(count)],
    });
  }
  return changes;
}

/** `old + (weight − old)·rate`, step by step. */
interface Average {
  readonly old: Value;
  readonly rate: Value;
  readonly steps: readonly [difference: Operation, product: Operation, sum: Operation];
}

/** Averages of new weights as part of the optimizer's step, where all have one, of one rate. */
function averages(graph: Graph): Changes {
  const index = indexOf(graph);
  const changes: Changes = new Map();
  for (const operation of graph.operations) {
    const { attributes, inputs, outputs } = operation;
    if (operation.kind !== OWN.adam || attributeOf(attributes, 'apply') !== true) continue;
    const count = attributeOf(attributes, 'N') as number;
    if (attributeOf(attributes, 'A') !== 0) continue;
    const [first, ...more] = outputs.slice(0, count).map((weight) => averagesOf(graph, index, weight));
    const rate = first?.find(({ rate }) =>
      more.every((each) => each.some((other) => other.rate === rate)),
    )?.rate;
    if (!first || rate === undefined || index.dependsOn(rate, operation)) continue;
    const found = [first, ...more].map((each) => each.find((one) => one.rate === rate) as Average);
    for (const { steps } of found) for (const step of steps) changes.set(step, undefined);
    changes.set(operation, {
      ...operation,
      attributes: withAttribute(attributes, 'A', count),
      // Gradients, weights and moments; the averages; the scalars, of which the rate is the last.
      inputs: [
        ...inputs.slice(0, 2 * count + 2),
        ...found.map(({ old }) => old),
        ...inputs.slice(2 * count + 2, -1),
        rate,
      ],
      outputs: [...outputs, ...found.map(({ steps: [, , sum] }) => sum.outputs[0] as Value)],
    });
  }
  return changes;
}

function averagesOf(graph: Graph, index: GraphIndex, weight: Value): Average[] {
  return index.takersOf(weight).flatMap((difference) => {
    const [from, old] = difference.inputs;
    if (difference.kind !== 'Sub' || from !== weight || old === undefined || !graph.state.includes(old))
      return [];
    const [moved] = difference.outputs as [Value];
    const [product] = index.takersOf(moved);
    if (product?.kind !== 'Mul' || product.inputs[0] !== moved || !index.isOnlyFor(moved, product)) return [];
    const [share] = product.outputs as [Value];
    const [sum] = index.takersOf(share);
    const rate = product.inputs[1] as Value;
    const isRight =
      sum &&
      isSum(sum) &&
      index.isOnlyFor(share, sum) &&
      otherTerm(graph, sum, share) === old &&
      graph.types[rate]?.shape.length === 0;
    return isRight ? [{ old, rate, steps: [difference, product, sum] as const }] : [];
  });
}
