import { decode } from 'fast-png';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { pngGrid } from '../report/png-grid.js';
import { sampleGrid } from './sample-grid.js';

test('latents: the first three channels, −3 black and 3 white; pictures as they are', () => {
  const latent = ndarray(Float32Array.of(-1.5, 0, 3, 99), [1, 1, 1, 4]);
  const { data } = decode(sampleGrid({ bounded: false }, latent));
  expect([...data.subarray(0, 4)]).toEqual([64, 128, 255, 255]);
  const one = decode(sampleGrid({ bounded: false }, ndarray(Float32Array.of(3, -3), [1, 1, 1, 2]))).data;
  expect([...one.subarray(0, 4)]).toEqual([255, 255, 255, 255]);
  const picture = ndarray(Float32Array.of(-1, 0.2, 1), [1, 1, 1, 3]);
  expect(sampleGrid({ bounded: true }, picture)).toEqual(pngGrid(picture));
});
