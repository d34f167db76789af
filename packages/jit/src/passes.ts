import { checksum } from './checksum.js';
import type { Constant, Graph, Value } from './graph.js';

/**
 * The graph without what nothing depends on, and with one constant where there were several of the same data: a
 * recorded step holds gradients that nobody asked for, and hundreds of equal shapes and axes.
 */
export function simplify(graph: Graph): Graph {
  return prune(mergeConstants(graph));
}

/** The graph without what nothing depends on. */
export function prune(graph: Graph): Graph {
  const needed = new Set<Value>([...graph.outputs, ...graph.nextState]);
  const operations = [];
  for (const operation of [...graph.operations].reverse()) {
    if (!operation.outputs.some((value) => needed.has(value))) continue;
    for (const value of operation.inputs) needed.add(value);
    operations.push(operation);
  }
  const constants = graph.constants.filter(({ value }) => needed.has(value));
  return { ...graph, constants, operations: operations.reverse() };
}

function mergeConstants(graph: Graph): Graph {
  const replaced = new Map<Value, Value>();
  const kept = new Map<string, Constant[]>();
  const constants: Constant[] = [];
  for (const constant of graph.constants) {
    const type = graph.types[constant.value];
    const key = `${type?.dtype} ${type?.shape.join()} ${constant.splat} ${checksum(constant.bytes)}`;
    const alike = kept.get(key) ?? [];
    const same = alike.find(({ bytes }) => equal(bytes, constant.bytes));
    if (same) {
      replaced.set(constant.value, same.value);
      continue;
    }
    kept.set(key, [...alike, constant]);
    constants.push(constant);
  }
  const now = (value: Value) => replaced.get(value) ?? value;
  return {
    ...graph,
    constants,
    operations: graph.operations.map((operation) => ({ ...operation, inputs: operation.inputs.map(now) })),
    outputs: graph.outputs.map(now),
    nextState: graph.nextState.map(now),
  };
}

/** Whether two runs of bytes are the same. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
