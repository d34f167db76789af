import ndarray from 'ndarray';
import { expect, it } from 'vitest';
import { fitPicture } from '../src/node/fit-picture.js';
import { fixtureArrays } from './fixture.js';

const arrays = await fixtureArrays('crops.npz');
const bytes = (name: string) => {
  const { data, shape } = arrays.get(name) ?? ndarray(new Uint8Array(0));
  const [height, width, channels] = shape as [number, number, 3];
  return { height, width, channels, data: data as Uint8Array };
};
const sizes = [16, 16, 16, 32, 16];

it.each(
  sizes.flatMap((size, i) => [
    ['center-lanczos', `lanczos${i}`, i, [size, size]] as const,
    ['center-dhariwal', `dhariwal${i}`, i, [size, size]] as const,
    ['center-wide', `wide${i}`, i, [(size * 3) / 4, size]] as const,
  ]),
)("the crop %s gives Pillow's bytes: %s (test/fixtures/make-crops.py)", (crop, name, i, size) => {
  const found = fitPicture(bytes(`picture${i}`), 'a.png', crop, size);
  const expected = bytes(name);
  expect([found.height, found.width]).toEqual([expected.height, expected.width]);
  expect([...found.data]).toEqual([...expected.data]);
});

it('a recipe’s crop takes a size, a square one but for center-wide', () => {
  const picture = bytes('picture0');
  expect(() => fitPicture(picture, 'a.png', 'center-dhariwal', undefined)).toThrow(
    'size must be given for the crop center-dhariwal of a.png, got none',
  );
  expect(() => fitPicture(picture, 'a.png', 'center-lanczos', [8, 16])).toThrow('a square');
  expect(() => fitPicture(picture, 'a.png', 'center-wide', [16, 8])).toThrow('at least as wide as high');
});
