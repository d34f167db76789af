import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { valueFeatures } from '@immiscible/metrics-fid';

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

test('gray images stand for all channels; other numbers of channels are refused', async () => {
  const gray = ndarray(
    Float32Array.from({ length: 128 }, (_, i) => i / 128),
    [2, 8, 8, 1],
  );
  const { data, shape } = await valueFeatures().extract(gray);
  expect(shape).toEqual([2, 192]);
  expect([...data]).toEqual([...gray.data].flatMap((value) => [value, value, value]));
  await expect(valueFeatures().extract(ndarray(new Float32Array(128), [1, 8, 8, 2]))).rejects.toThrow(
    'images must be of shape [N,H,W,3] or [N,H,W,1], got an array of shape [1,8,8,2]',
  );
  const nan = ndarray(new Float32Array(384).fill(NaN, 200, 201), [2, 8, 8, 3]);
  await expect(valueFeatures().extract(nan)).rejects.toThrow('image 1 must be without NaN');
});

test('images of any size: fewer pixels than cells are repeated, and means keep the mean', async () => {
  const extractor = valueFeatures({ channels: 1 });
  const tiny = ndarray(Float32Array.of(1, 2, 3, 4), [1, 2, 2, 1]);
  const { data } = await extractor.extract(tiny);
  expect([0, 3, 4, 31, 32, 60].map((i) => data[i])).toEqual([1, 1, 2, 2, 3, 4]);
  const odd = ndarray(new Float32Array(13 * 9).fill(0.5), [1, 13, 9, 1]);
  expect([...(await extractor.extract(odd)).data]).toEqual(Array(64).fill(0.5));
  expect((await extractor.extract(ndarray(new Float32Array(0), [0, 4, 4, 1]))).shape).toEqual([0, 64]);
});
