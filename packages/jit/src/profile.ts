import { DTYPES, type Attribute, type Graph, operationText, type TensorType, type Value } from './graph.js';
import type { NativeAttribute, NativeBinding } from './native-backend.js';
import type { Program } from './program.js';
import { expand } from './recorder.js';

const ATTRIBUTE_TYPES = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;

/** Runs a graph operation by operation, with a clock: what TensorFlow does to a graph as a whole is left out. */
export function openProfile(binding: NativeBinding, graph: Graph): Program {
  const times = new Map<string, { count: number; milliseconds: number }>();
  const constants = new Map(
    graph.constants.map((constant) => {
      const type = graph.types[constant.value] as TensorType;
      const id = binding.createTensor([...type.shape], DTYPES[type.dtype], expand(type, constant));
      return [constant.value, id] as const;
    }),
  );
  const attributes = graph.operations.map((operation) => operation.attributes.map(toNative));
  let state: number[] = [];
  // A handle of its own on the same data, so that every holder can delete its own.
  const share = (id: number, value: Value): number => {
    const { dtype } = graph.types[value] as TensorType;
    const type: Attribute = { name: 'T', kind: 'type', value: DTYPES[dtype] };
    return (binding.executeOp('Identity', [toNative(type)], [id], 1)[0] as { id: number }).id;
  };
  const shareAll = (ids: readonly number[]) => ids.map((id, i) => share(id, graph.state[i] as Value));
  const drop = (ids: Iterable<number>) => {
    for (const id of ids) binding.deleteTensor(id);
  };
  const metadata = (ids: readonly number[], values: readonly Value[]) =>
    ids.map((id, i) => {
      const { dtype, shape } = graph.types[values[i] as Value] as TensorType;
      return { id, shape: [...shape], dtype: DTYPES[dtype] };
    });
  return {
    run(inputs) {
      const made = new Map<Value, number>();
      const ids = new Map(constants);
      graph.inputs.forEach((value, i) => ids.set(value, inputs[i] as number));
      graph.state.forEach((value, i) => ids.set(value, state[i] as number));
      try {
        graph.operations.forEach((operation, i) => {
          const given = operation.inputs.map((value) => ids.get(value) as number);
          const start = performance.now();
          const results = (() => {
            try {
              return binding.executeOp(
                operation.kind,
                attributes[i] as NativeAttribute[],
                given,
                operation.outputs.length,
              );
            } catch (cause) {
              throw new Error(
                `jit: the step must run, got a failure in ${operationText(graph, operation)}: ` +
                  `${(cause as Error).message}; its state is as before the step`,
                { cause },
              );
            }
          })();
          const entry = times.get(operation.kind) ?? { count: 0, milliseconds: 0 };
          entry.count++;
          entry.milliseconds += performance.now() - start;
          times.set(operation.kind, entry);
          operation.outputs.forEach((value, k) => {
            ids.set(value, (results[k] as { id: number }).id);
            made.set(value, (results[k] as { id: number }).id);
          });
        });
        const take = (values: readonly Value[]) =>
          values.map((value) => share(ids.get(value) as number, value));
        const next = take(graph.nextState);
        drop(state);
        state = next;
        return metadata(take(graph.outputs), graph.outputs);
      } finally {
        drop(made.values());
      }
    },
    read: () => metadata(shareAll(state), graph.state),
    write(ids) {
      const next = shareAll(ids);
      drop(state);
      state = next;
    },
    close() {
      drop(state);
      drop(constants.values());
    },
    profile: () =>
      [...times].map(([kind, entry]) => ({ kind, ...entry })).sort((a, b) => b.milliseconds - a.milliseconds),
  };
}

function toNative({ name, kind, value }: Attribute): NativeAttribute {
  return { name, type: ATTRIBUTE_TYPES[kind], value };
}
