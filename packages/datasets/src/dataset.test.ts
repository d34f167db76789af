import { describe, expect, test } from 'vitest';
import ndarray from 'ndarray';
import { createDataset, subset } from './dataset.js';
import { toBytes, toImages } from './pixels.js';

const images = ndarray(Uint8Array.of(0, 51, 102, 153, 204, 255), [3, 1, 2, 1]);
const labels = Int32Array.of(0, 1, 2);
const dataset = createDataset({ name: 'three', images, labels, allowsFlip: false });

describe('createDataset', () => {
  test('refuses labels that are not one per image, or that have no name', () => {
    const base = { name: 'x', images, allowsFlip: false };
    expect(() => createDataset({ ...base, labels: Int32Array.of(0) })).toThrow(
      'createDataset: labels must be 3 numbers, one per image, got "1"',
    );
    expect(() => createDataset({ ...base, labels, classNames: ['a', 'b'] })).toThrow(
      'createDataset: labels[2] must be a class index in [0, 2), or -1 for no class, got 2',
    );
    expect(() => createDataset({ ...base, labels: Int32Array.of(0, -2, 0) })).toThrow('labels[1]');
    expect(createDataset({ ...base, labels: Int32Array.of(0, -1, 0) }).labels).toEqual(
      Int32Array.of(0, -1, 0),
    );
    for (const wrong of [
      [0.5, 1, 1],
      ['0', '1', '1'],
      [0n, 1n, 1n],
    ] as unknown[]) {
      expect(() => createDataset({ ...base, labels: wrong as Int32Array })).toThrow('labels[0] must be');
    }
  });

  test('refuses images that are not [N,H,W,C], empty or no bytes, and keys that it does not have', () => {
    const base = { name: 'x', allowsFlip: false };
    expect(() => createDataset({ ...base, images: ndarray(new Uint8Array(4), [2, 2]) })).toThrow(
      'createDataset: images must be of shape [N,H,W,C], got [2,2]',
    );
    expect(() => createDataset({ ...base, images: ndarray(new Uint8Array(0), [0, 2, 2, 1]) })).toThrow(
      RangeError,
    );
    const floats = ndarray(new Float32Array(8), [2, 2, 2, 1]) as unknown as typeof images;
    expect(() => createDataset({ ...base, images: floats })).toThrow(
      'createDataset: images must be bytes in 0…255 (a Uint8Array), got a Float32Array; toBytes turns',
    );
    expect(() => createDataset({ ...base, images, classes: ['a'] } as never)).toThrow(
      'createDataset: fields has no key "classes"',
    );
  });

  test('images mean what they show, whatever their strides', () => {
    const square = ndarray(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), [2, 2, 2, 1]);
    const base = { name: 'x', allowsFlip: false };
    const bytes = (view: typeof square) => [...createDataset({ ...base, images: view }).images.data];
    expect(bytes(square.transpose(0, 2, 1, 3))).toEqual([1, 3, 2, 4, 5, 7, 6, 8]);
    expect(bytes(square.lo(1, 0, 0, 0))).toEqual([5, 6, 7, 8]);
    expect(bytes(square.step(-1, 1, 1, 1))).toEqual([5, 6, 7, 8, 1, 2, 3, 4]);
  });
});

describe('subset', () => {
  test('holds the chosen images with their labels', () => {
    const two = subset(dataset, 1, 3);
    expect(two.images.shape).toEqual([2, 1, 2, 1]);
    expect([...two.images.data]).toEqual([102, 153, 204, 255]);
    expect([...(two.labels ?? [])]).toEqual([1, 2]);
    expect(two.name).toBe('three[1:3]');
  });

  test('refuses empty and foreign ranges', () => {
    expect(() => subset(dataset, 1, 1)).toThrow('subset: [start, end) must be a range of the images 0 to 3');
    expect(() => subset(dataset, 0, 4)).toThrow(RangeError);
  });
});

describe('toImages and toBytes', () => {
  test('0, 51 … 255 are −1, −0.6 … 1', () => {
    const { x0, labels: own } = toImages(dataset);
    expect(x0.shape).toEqual([3, 1, 2, 1]);
    expect([...x0.data]).toEqual([-1, -0.6, -0.2, 0.2, 0.6, 1].map(Math.fround));
    expect(own).toEqual(labels);
    expect([...toImages(dataset, 1, 2).x0.data]).toEqual([-0.2, 0.2].map(Math.fround));
  });

  test('every byte comes back', () => {
    const all = Uint8Array.from({ length: 256 }, (_, v) => v);
    const bytes = createDataset({ name: 'all', images: ndarray(all, [1, 16, 16, 1]), allowsFlip: true });
    expect(toBytes(toImages(bytes).x0).data).toEqual(all);
  });

  test('what lies outside of [−1, 1] is cut', () => {
    expect([...toBytes(ndarray(Float32Array.of(-3, 3, NaN), [3])).data]).toEqual([0, 255, 0]);
  });
});
