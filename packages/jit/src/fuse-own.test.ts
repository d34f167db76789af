import { describe, expect, it } from 'vitest';
import { fuseIntoOwn } from './fuse-own.js';
import type { Graph, Operation, TensorType } from './graph.js';
import { inOrder } from './graph-index.js';

const image: TensorType = { dtype: 'float32', shape: [2, 3, 3, 4] };
const none: TensorType = { dtype: 'float32', shape: [0] };
const op = (kind: string, inputs: number[], outputs: number[]): Operation => ({
  kind,
  attributes: [],
  inputs,
  outputs,
});
/** Values 0 to 9 are given, 9 without elements. */
const graphOf = (operations: Operation[], outputs: number[]): Graph => ({
  types: Array.from({ length: 40 }, (_, i) => (i === 9 ? none : image)),
  inputs: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  ...{ state: [], constants: [], nextState: [], operations, outputs },
});
const gradient = (dz: number, outputs: number[]) =>
  op('ImmiscibleGroupNormGrad', [dz, 1, 2, 3, 4, 5, 6, 9], outputs);

describe('fuseIntoOwn', () => {
  it('makes a sum part of the gradient before it, which then waits for the other term', () => {
    const graph = graphOf(
      [gradient(0, [10, 11, 12, 13]), op('Neg', [7], [14]), op('AddV2', [14, 10], [15])],
      [15],
    );
    expect(fuseIntoOwn(graph).operations).toEqual([
      op('Neg', [7], [14]),
      op('ImmiscibleGroupNormGrad', [0, 1, 2, 3, 4, 5, 6, 14], [15, 11, 12, 13]),
    ]);
  });

  it.each([
    ['is taken elsewhere, too', [op('AddV2', [10, 7], [15]), op('Neg', [10], [16])], [15, 16]],
    ['is a result itself', [op('AddV2', [10, 7], [15])], [10, 15]],
    ['is added to itself', [op('AddV2', [10, 10], [15])], [15]],
    [
      'is added to what follows from the same operation',
      [op('Neg', [11], [14]), op('AddV2', [10, 14], [15])],
      [15],
    ],
    ['is spread over a larger shape', [op('AddV2', [10, 9], [15])], [15]],
  ])('leaves a gradient that %s', (_, more, outputs) => {
    const graph = graphOf([gradient(0, [10, 11, 12, 13]), ...more], outputs);
    expect(fuseIntoOwn(graph)).toEqual(graph);
  });

  it('leaves all as it is where two would wait for each other', () => {
    const operations = [
      ...[gradient(0, [10, 11, 12, 13]), gradient(8, [20, 21, 22, 23])],
      ...[op('AddV2', [10, 21], [15]), op('AddV2', [20, 11], [25])],
    ];
    const graph = graphOf(operations, [15, 25]);
    expect(fuseIntoOwn(graph)).toEqual(graph);
  });
});

it('inOrder keeps an order that can be run, and mends one that can not', () => {
  const [a, b, c] = [op('A', [0], [10]), op('B', [10], [11]), op('C', [10, 11], [12])];
  expect(inOrder([a, b, c])).toEqual([a, b, c]);
  expect(inOrder([c, b, a])).toEqual([a, b, c]);
  expect(inOrder([op('A', [11], [10]), b])).toBeUndefined();
});
