import { createRng } from '@immiscible/core';
import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { type Augmentation, conditionOf, inverseMatrix } from '../src/augment.js';
import { augment } from '../src/index.js';
import { warpImage } from '../src/warp.js';
import { fixtureBytes, largestDifference } from './fixture.js';

const { height, width, image, cases } = JSON.parse(
  new TextDecoder().decode(fixtureBytes('augment.json')),
) as {
  height: number;
  width: number;
  image: number[];
  cases: (Augmentation & { pixels: number[] })[];
};
const strengths = { height, width, scale: 2 ** 0.2, anisotropy: 2 ** 0.2, translation: 1 / 8 };

describe('augment', () => {
  it.each(cases)(
    "gives scikit-image's pixels: flips $flips, scale $scale, turn $rotation, stretch $stretch, shift $shift (test/fixtures/make-augment.py)",
    ({ pixels, ...change }) => {
      const out = new Float32Array(height * width);
      warpImage(Float32Array.from(image), height, width, 1, inverseMatrix(change, strengths), out);
      expect(largestDifference(out, pixels)).toBeLessThan(2e-6);
    },
  );

  it('tells the network nine numbers, zeros of an image as it is', () => {
    const none: Augmentation = { flips: [0, 0], scale: 0, rotation: 0, stretch: [0, 0], shift: [0, 0] };
    expect(conditionOf(none)).toEqual(Array(9).fill(0));
    const all: Augmentation = {
      flips: [1, 1],
      scale: 2,
      rotation: Math.PI,
      stretch: [3, Math.PI / 2],
      shift: [4, 5],
    };
    expect(largestDifference(conditionOf(all), [1, 1, 2, -2, 0, 0, 3, 4, 5])).toBeLessThan(1e-12);
  });

  const noise = (n: number) => ndarray(createRng(1).fillNormal(new Float32Array(n * 48)), [n, 4, 4, 3]);

  it('leaves images alone where nothing is likely, and the images before them', () => {
    const images = noise(5);
    const before = images.data.slice();
    const { x0, conditions } = augment(images, { rng: createRng(2), probability: 0, flip: false });
    expect(largestDifference(x0.data, before)).toBeLessThan(1e-6);
    expect(images.data).toEqual(before);
    expect([...conditions.data].every((value) => value === 0)).toBe(true);
    const flipped = augment(images, { rng: createRng(2), probability: 0 });
    for (let i = 0; i < 5; i++) {
      const mirrored = flipped.conditions.get(i, 0) === 1;
      for (let x = 0; x < 4; x++)
        expect(flipped.x0.get(i, 1, x, 2)).toBeCloseTo(images.get(i, 1, mirrored ? 3 - x : x, 2), 5);
    }
  });

  it('draws each kind as often and as far as the paper says', () => {
    const n = 8000;
    const images = ndarray(new Float32Array(n * 4), [n, 2, 2, 1]);
    const { conditions } = augment(images, { rng: createRng(3) });
    const column = (j: number) => Array.from({ length: n }, (_, i) => conditions.get(i, j));
    const share = (j: number) => column(j).filter((value) => value !== 0).length / n;
    expect(Math.abs(share(0) - 0.5)).toBeLessThan(0.02);
    expect(Math.abs(share(1) - 0.06)).toBeLessThan(0.01);
    for (const j of [2, 3, 4, 5, 6, 7, 8]) expect(Math.abs(share(j) - 0.12)).toBeLessThan(0.015);
    for (const j of [2, 7, 8]) {
      const drawn = column(j).filter((value) => value !== 0);
      const square = drawn.reduce((sum, value) => sum + value ** 2 / drawn.length, 0);
      expect(Math.abs(square - 1)).toBeLessThan(0.2);
    }
    // A turn by any angle: E(cos θ − 1) = −1, and sin θ as often to the left as to the right.
    const turned = column(3).filter((value) => value !== 0);
    expect(turned.reduce((sum, value) => sum + value / turned.length, 0)).toBeGreaterThan(-1.1);
    expect(turned.reduce((sum, value) => sum + value / turned.length, 0)).toBeLessThan(-0.9);
    expect(Math.abs(column(4).filter((value) => value > 0).length / turned.length - 0.5)).toBeLessThan(0.07);
  });

  it('depends on the generator and the image’s place only', () => {
    const images = noise(6);
    const whole = augment(images, { rng: createRng(7), probability: 0.9 });
    const half = augment(ndarray(images.data.slice(0, 3 * 48), [3, 4, 4, 3]), {
      rng: createRng(7),
      probability: 0.9,
    });
    expect(half.x0.data).toEqual(whole.x0.data.slice(0, 3 * 48));
    expect(augment(images, { rng: createRng(8), probability: 0.9 }).x0.data).not.toEqual(whole.x0.data);
  });

  it('refuses what is no probability, and what is no batch of images', () => {
    const rng = createRng(0);
    expect(() => augment(noise(1), { rng, probability: 12 })).toThrow(
      'probability must be in [0, 1], got 12',
    );
    expect(() => augment(noise(1), { rng, scale: 0 })).toThrow('scale must be positive, got 0');
    expect(() => augment(ndarray(new Float32Array(4), [4]), { rng })).toThrow(
      'images must be of shape [N,H,W,C]',
    );
  });
});
