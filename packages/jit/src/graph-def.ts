import type { Graph, TensorType, Value } from './graph.js';
import { createNodeList, type NodeList, type TensorData, type Typed } from './node-list.js';
import { savedModelBytes } from './saved-model-bytes.js';

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

/** The name of an operation's node: `Conv2D_12` for operation 12. */
export function nodeName(kind: string, i: number): string {
  return `${kind}_${i}`;
}

/**
 * A graph as the bytes of a TensorFlow SavedModel. State lives in variables of the session: a step reads them all,
 * computes everything, and only then writes them, so one that fails leaves the state as it was.
 *
 * What is fed may lie in memory of JavaScript's, and whoever gives it up last tells JavaScript so: that has to be the
 * main thread. A variable is given up by TensorFlow's own, so it holds a copy and never what was fed, as the node's
 * outputs may do too (a reshape of an input, say).
 */
export function encodeSavedModel(graph: Graph): Uint8Array {
  const list = createNodeList();
  const names = new Map<Value, string>();
  addInputs(graph, list, names);
  const writes = addState(graph, list, names);
  addOperations(graph, list, names);
  const settled = addNextState(graph, list, names);
  list.constant('one', ONE);
  graph.outputs.forEach((value, i) => list.identity(NODES.output(i), typed(graph, names, value), settled));
  list.identity(NODES.done, { name: 'one', dtype: 'int32' }, settled);
  list.identity(NODES.written, { name: 'one', dtype: 'int32' }, writes);
  return savedModelBytes(list.nodes);
}

/** What can be fetched where there is nothing to fetch but that something ran. */
const ONE: TensorData = {
  type: { dtype: 'int32', shape: [] },
  bytes: Uint8Array.of(1, 0, 0, 0),
  splat: false,
};

function typed(graph: Graph, names: ReadonlyMap<Value, string>, value: Value): Typed {
  return { name: names.get(value) as string, dtype: (graph.types[value] as TensorType).dtype };
}

function addInputs(graph: Graph, list: NodeList, names: Map<Value, string>): void {
  graph.inputs.forEach((value, i) => {
    names.set(value, list.placeholder(NODES.input(i), graph.types[value] as TensorType));
    if (graph.state.length > 0) names.set(value, list.copy(typed(graph, names, value)));
  });
}

/** The variables, read; gives the nodes that replace them by what is fed. */
function addState(graph: Graph, list: NodeList, names: Map<Value, string>): string[] {
  return graph.state.map((value, variable) => {
    const type = graph.types[value] as TensorType;
    const { dtype } = type;
    names.set(value, list.variable(variable, NODES.read(variable), type));
    const fed = list.copy({ name: list.placeholder(NODES.write(variable), type), dtype });
    return list.assign(`set_${variable}`, { variable, value: { name: fed, dtype } });
  });
}

function addOperations(graph: Graph, list: NodeList, names: Map<Value, string>): void {
  for (const [i, { value, bytes, splat }] of graph.constants.entries()) {
    const type = graph.types[value] as TensorType;
    names.set(value, list.constant(`constant_${i}`, { type, bytes, splat }));
  }
  graph.operations.forEach(({ kind, attributes, inputs, outputs }, i) => {
    const name = nodeName(kind, i);
    list.add({ name, op: kind, inputs: inputs.map((value) => names.get(value) as string), attributes });
    outputs.forEach((value, k) => names.set(value, k === 0 ? name : `${name}:${k}`));
  });
}

/** Writes the next state once all is computed; gives the nodes after which a step is taken. */
function addNextState(graph: Graph, list: NodeList, names: ReadonlyMap<Value, string>): string[] {
  const results = [...graph.nextState, ...graph.outputs].map((value) => names.get(value) as string);
  const reads = graph.state.map((_, i) => NODES.read(i));
  const finished = [...new Set([...results, ...reads].map((name) => name.replace(/:\d+$/, '')))];
  const computed = list.barrier('computed', finished);
  const assigned = graph.nextState.flatMap((value, variable) =>
    value === graph.state[variable]
      ? []
      : [list.assign(`assign_${variable}`, { variable, value: typed(graph, names, value) }, [computed])],
  );
  return [list.barrier('stepped', assigned), computed];
}
