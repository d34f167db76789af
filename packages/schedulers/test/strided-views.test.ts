import { createRng } from '@immiscible/core';
import { imageInputs } from '@immiscible/schedulers';
import { contiguousCopy, stridedViews } from '@immiscible/testing';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';

describe.each(stridedViews([3, 4, 4, 2]))('a view that is $name', ({ view }) => {
  it('is what an objective takes from a batch', () => {
    const copy = contiguousCopy(view);
    const { x0, noise } = imageInputs('objective', { x0: view, noise: view }, createRng(0));
    expect([x0.data, noise.data]).toEqual([copy.data, copy.data]);
    expect(x0.stride).toEqual(copy.stride);
  });
});

describe('what is no float32 NdArray', () => {
  it.each([
    [[[[[0]]]], 'batch.x0 must be an NdArray on a typed array, got a plain array'],
    [new Float32Array(96), 'got a bare Float32Array'],
    [
      ndarray(new Float64Array(96), [3, 4, 4, 2]),
      'batch.x0 must be float32, got an NdArray on a Float64Array',
    ],
  ])('is refused by name: %#', (x0, message) => {
    expect(() => imageInputs('objective', { x0, noise: x0 } as never, createRng(0))).toThrow(message);
  });
});
