import { expect, test } from 'vitest';
import { UsageError } from '@immiscible/command-line';
import { extractors } from './extractors.js';

test.each<[number, number, number]>([
  [32, 32, 3],
  [28, 28, 3],
  [32, 32, 1],
])('fashion refuses images of %i×%i×%i, and names what takes them', async (...shape) => {
  await expect(extractors.fashion(shape)).rejects.toThrow(UsageError);
  await expect(extractors.fashion(shape)).rejects.toThrow(
    `got ${shape.join('×')}; take evaluation.extractor "values"`,
  );
});

test('pictures of 32×32 in color have a distance without a download', async () => {
  expect(await extractors.values([32, 32, 3])).toMatchObject({ id: 'values@8x8', dimensions: 192 });
  expect(await extractors.random([32, 32, 3])).toMatchObject({ id: 'random@v1-c3-s0', dimensions: 192 });
  expect(await extractors.random([8, 8, 4])).toMatchObject({ id: 'random@v1-c4-s0' });
});
