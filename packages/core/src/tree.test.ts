import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { isLeaf, type Tree, treeEntries, treeFromEntries, treeLeaves, treeMap } from './tree.js';

const trees: [string, Tree<number>][] = [
  ['a leaf', 7],
  ['an empty object', {}],
  ['an empty array', []],
  ['nested', { b: [1, { c: 2, a: [3] }], a: 4, 'down.0.weight': 5, empty: { list: [] } }],
  ['without a prototype', Object.assign(Object.create(null), { a: 1, b: { c: 2 } }) as Tree<number>],
];

describe('treeEntries', () => {
  it('lists paths by index and by sorted key', () => {
    expect(treeEntries({ b: [10, { d: 20, c: 30 }], a: 40 })).toEqual([
      ['a', 40],
      ['b/0', 10],
      ['b/1/c', 30],
      ['b/1/d', 20],
    ]);
    expect(treeEntries(5)).toEqual([['', 5]]);
  });

  it('orders more than ten items of an array by index, keys by code unit', () => {
    expect(treeLeaves([...Array(12).keys()])).toEqual([...Array(12).keys()]);
    expect(treeEntries({ a: 1, B: 2, ä: 3 }).map(([path]) => path)).toEqual(['B', 'a', 'ä']);
  });

  it('is the same for trees built in different orders', () => {
    expect(treeEntries({ x: 1, y: { p: 2, q: 3 } })).toEqual(treeEntries({ y: { q: 3, p: 2 }, x: 1 }));
  });

  it('lets keys hold a "/" as long as no two leaves share a path', () => {
    expect(treeEntries({ '0/rate': 1, '1': { rate: 2 } }).map(([path]) => path)).toEqual([
      '0/rate',
      '1/rate',
    ]);
    expect(() => treeEntries({ '0/rate': 1, '0': { rate: 2 } })).toThrow(
      'treeEntries: tree must be with one leaf at each path, got "0/rate"; rename a key',
    );
    expect(() => treeEntries({ '': { a: 1 }, a: 2 })).toThrow(RangeError);
  });
});

describe.each(trees)('%s', (_, tree) => {
  it('mapped by the identity is itself', () => {
    expect(treeMap(tree, (leaf) => leaf)).toEqual(tree);
  });

  it('mapped by f and then by g is mapped by both', () => {
    const f = (x: number) => x + 1;
    const g = (x: number) => x * 10;
    expect(treeMap(treeMap(tree, f), g)).toEqual(treeMap(tree, (x) => g(f(x))));
  });

  it('is visited by treeMap in the order of treeEntries, with the same paths', () => {
    const visited: [string, number][] = [];
    treeMap(tree, (leaf, path) => visited.push([path, leaf]));
    expect(visited).toEqual(treeEntries(tree));
  });

  it('comes back from its entries', () => {
    expect(treeFromEntries(tree, new Map(treeEntries(tree)))).toEqual(tree);
  });
});

describe('treeFromEntries', () => {
  it('names a missing leaf', () => {
    expect(() => treeFromEntries({ a: 0, b: [0] }, new Map([['a', 1]]))).toThrow(
      'treeFromEntries: leaves must have "b/0", got none',
    );
  });

  it('names a leaf too many', () => {
    const leaves = new Map([
      ['a', 1],
      ['z', 2],
    ]);
    expect(() => treeFromEntries({ a: 0 }, leaves)).toThrow(
      'treeFromEntries: leaves must have only the paths of the tree, got "z" too',
    );
  });
});

describe('isLeaf', () => {
  it('holds for tensors, host arrays, numbers and descriptions of arrays', () => {
    class Handle {}
    const leaves = [
      tf.scalar(1),
      tf.zeros([2, 0]),
      ndarray(new Float32Array(4), [2, 2]),
      new Int32Array(2),
      { shape: [1, 2], dtype: 'float32' },
      new Handle(),
      new Map(),
      0,
      'text',
      null,
      undefined,
      () => 0,
    ];
    for (const leaf of leaves) expect(isLeaf(leaf), String(leaf)).toBe(true);
  });

  it("doesn't hold for arrays and plain objects, one with a parameter named shape among them", () => {
    const nodes = [[], {}, Object.create(null) as object, { a: 1 }, { shape: tf.scalar(1) }];
    for (const node of nodes) expect(isLeaf(node)).toBe(false);
  });
});
