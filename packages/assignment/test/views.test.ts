import {
  assignPoints,
  certify,
  linearSumAssignment,
  pairwiseDistance,
  solveBatch,
} from '@immiscible/assignment';
import { createRng } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';
import { costsOf } from '@immiscible/testing/host';
import { named } from './all-solvers.js';

describe('views are what they show', () => {
  const rng = createRng(11);
  const draw = (...shape: number[]) =>
    ndarray(
      Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()),
      shape,
    );
  const copied = (view: NdArray<Float64Array>) =>
    costsOf(view.shape[0] as number, view.shape[1] as number, (i, j) => view.get(i, j));
  const views: [string, NdArray<Float64Array>][] = [
    ['cropped', draw(90, 80).lo(3, 5).hi(70, 70)],
    ['transposed', draw(70, 70).transpose(1, 0)],
    ['stepped', draw(140, 70).step(2, 1)],
    ['mirrored', draw(70, 70).step(1, -1)],
    ['reversed', draw(70, 70).step(-1, 1)],
  ];

  it.each(views)('to all solvers and certificates: %s', (_, view) => {
    const copy = copied(view);
    for (const [, solver] of named) {
      const [there, here] = [solver(view), solver(copy)];
      expect(there).toEqual(here);
      expect(certify(view, there)).toEqual(certify(copy, here));
    }
    expect(linearSumAssignment(view)).toEqual(linearSumAssignment(copy));
    expect(solveBatch([view])).toEqual(solveBatch([copy]));
  });

  it.each(views)('to distances: %s', (_, view) => {
    const other = draw(70, 70);
    const single = (array: NdArray<Float64Array>): NdArray<Float32Array> => {
      const { shape, stride, offset, data } = array;
      return ndarray(Float32Array.from(data), shape, stride, offset) as NdArray<Float32Array>;
    };
    const copy = copied(view);
    for (const metric of ['squaredL2', 'l2', 'l1', 'cosine'] as const) {
      expect(pairwiseDistance(view, other, { metric })).toEqual(pairwiseDistance(copy, other, { metric }));
      expect(pairwiseDistance(single(other), single(view), { metric })).toEqual(
        pairwiseDistance(single(other), single(copy), { metric }),
      );
    }
    expect(assignPoints(view, other)).toEqual(assignPoints(copy, other));
    expect(assignPoints(single(other), single(view))).toEqual(assignPoints(single(other), single(copy)));
  });

  it('to pooled images', () => {
    const images = draw(5, 6, 2, 8).transpose(0, 1, 3, 2).lo(0, 2, 0, 0);
    const copy = ndarray(new Float64Array(images.size), images.shape);
    for (let i = 0; i < 5; i++)
      for (let y = 0; y < 4; y++)
        for (let x = 0; x < 8; x++) for (let c = 0; c < 2; c++) copy.set(i, y, x, c, images.get(i, y, x, c));
    const features = 'pool4';
    expect(pairwiseDistance(images, images, { features })).toEqual(
      pairwiseDistance(copy, copy, { features }),
    );
  });
});
