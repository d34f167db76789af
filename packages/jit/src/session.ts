import { type Graph, operationText } from './graph.js';
import { encodeSavedModel, NODES, nodeName } from './graph-def.js';
import type { NativeBinding } from './native-backend.js';
import { ownOperationsNote } from './own-operations.js';
import type { Program } from './program.js';
import { runError } from './refusals.js';
import { withSavedModel } from '#saved-model-folder';

/**
 * Opens a graph as a TensorFlow session.
 *
 * @param folder - where to leave the SavedModel for other tools; a temporary place unless given
 * @throws Error if the folder can't be written, or TensorFlow refuses the graph
 */
export function openSession(binding: NativeBinding, graph: Graph, folder: string | undefined): Program {
  const session = withSavedModel(
    { model: encodeSavedModel(graph), note: ownOperationsNote(graph) },
    folder,
    (path) => {
      try {
        return binding.loadSavedModel(path, 'serve,');
      } catch (cause) {
        throw new Error(`jit: TensorFlow must accept the recorded graph, got: ${(cause as Error).message}`, {
          cause,
        });
      }
    },
  );
  const join = (name: (i: number) => string, values: readonly unknown[]) =>
    values.map((_, i) => name(i)).join();
  const inputNames = join(NODES.input, graph.inputs);
  const outputNames = join(NODES.output, graph.outputs);
  const readNames = join(NODES.read, graph.state);
  const writeNames = join(NODES.write, graph.state);
  const signal = (ids: readonly number[], names: string, target: string) => {
    for (const { id } of binding.runSavedModel(session, [...ids], names, target)) binding.deleteTensor(id);
  };
  return {
    run(inputs) {
      try {
        if (graph.outputs.length > 0) {
          return binding.runSavedModel(session, [...inputs], inputNames, outputNames);
        }
        signal(inputs, inputNames, NODES.done);
        return [];
      } catch (cause) {
        throw explained(graph, cause as Error);
      }
    },
    read: () => (graph.state.length > 0 ? binding.runSavedModel(session, [], '', readNames) : []),
    write(ids) {
      if (graph.state.length > 0) signal(ids, writeNames, NODES.written);
    },
    close: () => binding.deleteSavedModel(session),
  };
}

/** An error of a run with the operation's shapes, which TensorFlow names by its node only. */
function explained(graph: Graph, cause: Error): Error {
  const node = /\{\{node (\S+?)\}\}/.exec(cause.message)?.[1];
  const at = graph.operations.findIndex(({ kind }, i) => nodeName(kind, i) === node);
  const operation = graph.operations[at];
  return runError(operation ? ` in ${operationText(graph, operation)}` : '', cause);
}
