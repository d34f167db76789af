import {
  type Constant,
  type Graph,
  type Operation,
  operationText,
  typeText,
  type TensorType,
} from './graph.js';
import { equal } from './passes.js';

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
      throw new Error(
        `jit: a step must do the same each time, got ${a ? operationText(first, a) : 'nothing'} and then ` +
          `${b ? operationText(second, b) : 'nothing'} as operation ${i} of two recordings; ` +
          'what it does may depend on its arguments only, not on anything outside',
      );
    }
    for (const value of a.inputs) {
      const mine = constants.get(value);
      if (mine && !sameData(mine, others.get(value))) {
        throw new Error(
          `jit: a step must not make data of its own, got ${typeText(first.types[value] as TensorType)} for ` +
            `${operationText(first, a)} that differs between two recordings; pass it as an input`,
        );
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
        throw new Error(
          `jit: a step must do the same each time, got ${name} that differs between two recordings`,
        );
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
