import type { Graph, Operation, Value } from './graph.js';

/** Who makes and who takes the values of a graph whose operations are being changed. */
export interface GraphIndex {
  /** The operation that makes a value, and as which of its outputs. */
  makerOf(value: Value): { readonly operation: Operation; readonly output: number } | undefined;
  /** The operations that take a value, one for each time. */
  takersOf(value: Value): readonly Operation[];
  /** Whether an operation is all that takes a value: no other does, and it is no result of the graph. */
  isOnlyFor(value: Value, operation: Operation): boolean;
  /** Whether a value follows from an operation. */
  dependsOn(value: Value, operation: Operation): boolean;
}

/** An index of a graph as it is. */
export function indexOf(graph: Graph): GraphIndex {
  const makers = new Map<Value, { operation: Operation; output: number }>();
  const takers = new Map<Value, Operation[]>();
  for (const operation of graph.operations) {
    operation.outputs.forEach((value, output) => makers.set(value, { operation, output }));
    for (const value of operation.inputs) {
      const known = takers.get(value);
      if (known) known.push(operation);
      else takers.set(value, [operation]);
    }
  }
  const results = new Set([...graph.outputs, ...graph.nextState]);
  const takersOf = (value: Value) => takers.get(value) ?? [];
  return {
    makerOf: (value) => makers.get(value),
    takersOf,
    isOnlyFor(value, operation) {
      const [first, ...more] = takersOf(value);
      return first === operation && more.length === 0 && !results.has(value);
    },
    dependsOn(value, operation) {
      const seen = new Set<Operation>();
      const pending = [value];
      for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
        const maker = makers.get(next)?.operation;
        if (maker === operation) return true;
        if (!maker || seen.has(maker)) continue;
        seen.add(maker);
        pending.push(...maker.inputs);
      }
      return false;
    },
  };
}

/** Operations in an order that can be run, which stays as it is where it can; `undefined` if some wait for each other. */
export function inOrder(operations: readonly Operation[]): Operation[] | undefined {
  const makers = new Map<Value, Operation>();
  for (const operation of operations) for (const value of operation.outputs) makers.set(value, operation);
  const sorted: Operation[] = [];
  const placed = new Set<Operation>();
  const begun = new Set<Operation>();
  // A stack of our own: a step is thousands of operations deep.
  for (const root of operations) {
    const stack = [root];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const missing = placed.has(top)
        ? undefined
        : top.inputs.map((value) => makers.get(value)).find((maker) => maker && !placed.has(maker));
      if (missing) {
        if (begun.has(missing)) return undefined;
        begun.add(top);
        stack.push(missing);
        continue;
      }
      stack.pop();
      begun.delete(top);
      if (!placed.has(top)) sorted.push(top);
      placed.add(top);
    }
  }
  return sorted;
}
