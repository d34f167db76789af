import type { OperationInputs } from './shape-rules.js';
import type { Graph, TensorType } from './graph.js';

/**
 * Operations that aren't TensorFlow's: kernels of our own, which `@immiscible/backend` registers. A graph that holds one runs only where
 * they are loaded.
 */
export const OWN = {
  groupNorm: 'ImmiscibleGroupNorm',
  groupNormGrad: 'ImmiscibleGroupNormGrad',
  adam: 'ImmiscibleAdam',
} as const;

/** Where among the inputs and outputs of the gradient of a group normalization the addend and dx are. */
export const GROUP_NORM_GRAD = { addend: 7, dx: 0 } as const;

type Rule = (inputs: OperationInputs) => TensorType[] | undefined;

const isComplete = (types: readonly (TensorType | undefined)[]): types is TensorType[] =>
  types.every((type) => type !== undefined);
const float32 = (shape: readonly number[]): TensorType => ({ dtype: 'float32', shape });

const groupNorm: Rule = ({ types: [x], attribute }) => {
  if (!x) return undefined;
  const statistics = float32([x.shape[0] as number, attribute('groups') as number]);
  return [float32(x.shape), statistics, statistics];
};

const groupNormGrad: Rule = ({ types: [, x, scale, offset] }) => {
  if (!x || !scale || !offset) return undefined;
  const [batch, channels] = [x.shape[0] as number, x.shape.at(-1) as number];
  return [float32(x.shape), scale, offset, float32([batch, channels])];
};

const adam: Rule = ({ types, attribute }) => {
  const [count, averages] = [attribute('N') as number, attribute('A') as number];
  // The weights and both moments, then the averages.
  const made = [
    ...types.slice(count, 2 * count + 2),
    ...types.slice(2 * count + 2, 2 * count + 2 + averages),
  ];
  return isComplete(made) ? made : undefined;
};

/** How our operations shape their results. */
export const OWN_RULES: ReadonlyMap<string, Rule> = new Map([
  [OWN.groupNorm, groupNorm],
  [OWN.groupNormGrad, groupNormGrad],
  [OWN.adam, adam],
]);

/** How many operations of a graph are ours, by their kinds. */
export function ownOperations({ operations }: Graph): Record<string, number> {
  const ours: Record<string, number> = {};
  for (const { kind } of operations) if (OWN_RULES.has(kind)) ours[kind] = (ours[kind] ?? 0) + 1;
  return ours;
}

/** For people and tools that find a graph in a folder: what it needs beside TensorFlow. */
export function ownOperationsNote(graph: Graph): string {
  const ours = ownOperations(graph);
  const note =
    Object.keys(ours).length === 0
      ? "All operations are TensorFlow's own."
      : "These operations are kernels of @immiscible/backend; recorded with selectBackend({ kernels: false }), a graph has TensorFlow's own only.";
  return `${JSON.stringify({ ours, note }, null, 2)}\n`;
}
