import {
  type Constant,
  type Graph,
  type Operation,
  operationText,
  typeText,
  type TensorType,
} from './graph.js';
import { equal } from './passes.js';
import { ownDataError, unlikeError, unlikeResultError } from './refusals.js';

/**
 * Makes sure that a step does the same each time: a number that it draws or counts by itself would be frozen in the
 * graph.
 *
 * @throws Error if two recordings of a step differ; names the first operation that does
 */
export function checkAgreement(first: Graph, second: Graph): void {
  const constants = new Map(first.constants.map((constant) => [constant.value, constant]));
  const others = new Map(second.constants.map((constant) => [constant.value, constant]));
  for (let i = 0; i < Math.max(first.operations.length, second.operations.length); i++) {
    const a = first.operations[i];
    const b = second.operations[i];
    if (!a || !b || form(first, a) !== form(second, b)) {
      const [x, y] = [a && operationText(first, a), b && operationText(second, b)];
      throw unlikeError(x ?? 'nothing', y ?? 'nothing', i);
    }
    for (const value of a.inputs) {
      const mine = constants.get(value);
      if (mine && !sameData(mine, others.get(value))) {
        throw ownDataError(typeText(first.types[value] as TensorType), operationText(first, a));
      }
    }
  }
  for (const [name, of] of [
    ['an output', (graph: Graph) => graph.outputs],
    ['its next state', (graph: Graph) => graph.nextState],
  ] as const) {
    of(first).forEach((value, i) => {
      const mine = constants.get(value);
      if (value !== of(second)[i] || (mine && !sameData(mine, others.get(value)))) {
        throw unlikeResultError(name);
      }
    });
  }
}

function form({ types }: Graph, { kind, attributes, inputs, outputs }: Operation): string {
  const results = outputs.map((value) => typeText(types[value] as TensorType));
  return JSON.stringify([kind, attributes, inputs, outputs, results]);
}

function sameData(a: Constant, b: Constant | undefined): boolean {
  return b !== undefined && a.splat === b.splat && equal(a.bytes, b.bytes);
}
