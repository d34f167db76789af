import { expand } from './constant-data.js';
import {
  DTYPES,
  type Attribute,
  type Graph,
  type Operation,
  operationText,
  type TensorType,
  type Value,
} from './graph.js';
import type { NativeAttribute, NativeBinding, TensorMetadata } from './native-backend.js';
import type { ProfileEntry, Program } from './program.js';
import { runError } from './refusals.js';

const ATTRIBUTE_TYPES = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;

/** Runs a graph operation by operation, with a clock: what TensorFlow does to a graph as a whole is left out. */
export function openProfile(binding: NativeBinding, graph: Graph): Program {
  const clock = createClock();
  const handles = handlesOf(binding, graph);
  const constants = createConstants(binding, graph);
  const attributes = graph.operations.map((operation) => operation.attributes.map(toNative));
  let state: number[] = [];
  const setState = (next: number[]) => {
    handles.drop(state);
    state = next;
  };
  return {
    run(inputs) {
      const made: number[] = [];
      const ids = new Map(constants);
      graph.inputs.forEach((value, i) => ids.set(value, inputs[i] as number));
      graph.state.forEach((value, i) => ids.set(value, state[i] as number));
      try {
        graph.operations.forEach((operation, i) => {
          const given = operation.inputs.map((value) => ids.get(value) as number);
          const results = clock.time(operation.kind, () =>
            explaining(graph, operation, () =>
              binding.executeOp(
                operation.kind,
                attributes[i] as NativeAttribute[],
                given,
                operation.outputs.length,
              ),
            ),
          );
          operation.outputs.forEach((value, k) => {
            const { id } = results[k] as TensorMetadata;
            ids.set(value, id);
            made.push(id);
          });
        });
        const take = (values: readonly Value[]) =>
          handles.share(
            values.map((value) => ids.get(value) as number),
            values,
          );
        setState(take(graph.nextState));
        return handles.metadata(take(graph.outputs), graph.outputs);
      } finally {
        handles.drop(made);
      }
    },
    read: () => handles.metadata(handles.share(state, graph.state), graph.state),
    write: (ids) => setState(handles.share(ids, graph.state)),
    close() {
      handles.drop(state);
      handles.drop(constants.values());
    },
    profile: clock.entries,
  };
}

/** The ids of a graph's constants, made. */
function createConstants(binding: NativeBinding, graph: Graph): Map<Value, number> {
  return new Map(
    graph.constants.map((constant) => {
      const type = graph.types[constant.value] as TensorType;
      const id = binding.createTensor([...type.shape], DTYPES[type.dtype], expand(type, constant));
      return [constant.value, id] as const;
    }),
  );
}

/** Adds up times by kind of operation. */
function createClock(): { time<T>(kind: string, body: () => T): T; entries(): ProfileEntry[] } {
  const times = new Map<string, { count: number; milliseconds: number }>();
  return {
    time(kind, body) {
      const start = performance.now();
      const result = body();
      const entry = times.get(kind) ?? { count: 0, milliseconds: 0 };
      entry.count++;
      entry.milliseconds += performance.now() - start;
      times.set(kind, entry);
      return result;
    },
    entries: () =>
      [...times].map(([kind, entry]) => ({ kind, ...entry })).sort((a, b) => b.milliseconds - a.milliseconds),
  };
}

/** What is done with native tensors by their ids, given the values that they are in the graph. */
interface Handles {
  /** Handles of one's own on the same data, so that every holder can delete its own. */
  share(ids: readonly number[], values: readonly Value[]): number[];
  metadata(ids: readonly number[], values: readonly Value[]): TensorMetadata[];
  drop(ids: Iterable<number>): void;
}

function handlesOf(binding: NativeBinding, { types }: Graph): Handles {
  const typeOf = (value: Value | undefined) => types[value as Value] as TensorType;
  return {
    share: (ids, values) =>
      ids.map((id, i) => {
        const type: Attribute = { name: 'T', kind: 'type', value: DTYPES[typeOf(values[i]).dtype] };
        return (binding.executeOp('Identity', [toNative(type)], [id], 1)[0] as TensorMetadata).id;
      }),
    metadata: (ids, values) =>
      ids.map((id, i) => {
        const { dtype, shape } = typeOf(values[i]);
        return { id, shape: [...shape], dtype: DTYPES[dtype] };
      }),
    drop(ids) {
      for (const id of ids) binding.deleteTensor(id);
    },
  };
}

/** Runs `body`; what it throws says in which operation. */
function explaining<T>(graph: Graph, operation: Operation, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    throw runError(` in ${operationText(graph, operation)}`, cause as Error);
  }
}

function toNative({ name, kind, value }: Attribute): NativeAttribute {
  return { name, type: ATTRIBUTE_TYPES[kind], value };
}
