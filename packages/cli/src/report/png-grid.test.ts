import { decode } from 'fast-png';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { pngGrid } from './png-grid.js';

test('three gray images of 1×2 pixels stand in ⌈√3⌉ = 2 columns, enlarged, with see-through gaps', () => {
  const images = ndarray(Float32Array.of(-1, 1, 0, -2, 3, 0.5), [3, 1, 2, 1]);
  const { width, height, channels, data } = decode(pngGrid(images, { scale: 2, gap: 1 }));
  expect([width, height, channels]).toEqual([9, 5, 4]);
  const at = (x: number, y: number) => [...data.slice((y * width + x) * 4, (y * width + x) * 4 + 4)];
  // First image: black, white; each pixel a square of 2×2.
  for (const [x, y] of [
    [0, 0],
    [1, 1],
  ] as const)
    expect(at(x, y)).toEqual([0, 0, 0, 255]);
  expect(at(3, 1)).toEqual([255, 255, 255, 255]);
  expect(at(4, 0)[3]).toBe(0); // gap
  expect(at(5, 0)).toEqual([128, 128, 128, 255]); // round(127.5·(0 + 1))
  expect(at(8, 1)).toEqual([0, 0, 0, 255]); // −2 is clipped
  expect(at(0, 3)).toEqual([255, 255, 255, 255]); // second row; 3 is clipped
  expect(at(2, 4)).toEqual([191, 191, 191, 255]); // round(127.5·1.5)
  expect(at(6, 3)[3]).toBe(0); // no fourth image
});

test('colors keep their order', () => {
  const { data } = decode(pngGrid(ndarray(Float32Array.of(-1, 0, 1), [1, 1, 1, 3]), { scale: 1 }));
  expect([...data]).toEqual([0, 128, 255, 255]);
});

test('what is no image is refused', () => {
  expect(() => pngGrid(ndarray(new Float32Array(8), [1, 2, 2, 2]))).toThrow('of shape [N,H,W,1 or 3]');
});
