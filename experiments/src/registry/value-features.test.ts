import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { valueFeatures } from './value-features.js';

test('features are means over 8×8 cells, for each channel', async () => {
  const [height, width, channels] = [16, 24, 2];
  const images = ndarray(new Float32Array(2 * height * width * channels), [2, height, width, channels]);
  for (let n = 0; n < 2; n++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < channels; c++) images.set(n, y, x, c, 1000 * n + 100 * c + 10 * y + x);
      }
    }
  }
  const extractor = valueFeatures([height, width, channels]);
  expect(extractor).toMatchObject({ id: 'values@8x8', dimensions: 128 });
  const features = await extractor.extract(images);
  expect(features.shape).toEqual([2, 128]);
  for (let n = 0; n < 2; n++) {
    for (let row = 0; row < 8; row++) {
      for (let column = 0; column < 8; column++) {
        for (let c = 0; c < channels; c++) {
          // Rows 2r and 2r + 1, columns 3c to 3c + 2.
          const mean = 1000 * n + 100 * c + 10 * (2 * row + 0.5) + 3 * column + 1;
          expect(features.get(n, (row * 8 + column) * channels + c)).toBeCloseTo(mean, 3);
        }
      }
    }
  }
});

test('images of fewer pixels than cells are their own features', async () => {
  const images = ndarray(
    Float32Array.from({ length: 30 }, (_, i) => i * i),
    [2, 3, 5, 1],
  );
  const extractor = valueFeatures([3, 5, 1]);
  expect(extractor).toMatchObject({ id: 'values@3x5', dimensions: 15 });
  expect([...(await extractor.extract(images)).data]).toEqual([...images.data]);
});
