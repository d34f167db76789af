import '@tensorflow/tfjs';
import { selectBackend } from '@immiscible/backend';
import { createRng } from '@immiscible/core';
import type { Model } from '@immiscible/core/tensors';
import {
  colorize,
  consistencyScales,
  type EditOptions,
  inpaint,
  LUMINANCE,
  superResolve,
} from '@immiscible/consistency';
import { availableBackends } from '@immiscible/testing';
import * as tf from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';

const SIGMA_MIN = 0.002;
const SIGMAS = [3, 0.8, 0.4];

/** Any network that isn't linear, and what becomes of a pixel by its consistency function. */
const network: Model = { init: () => ({}), apply: (_, x) => tf.sin(tf.mul(x, 3)) };
const answer = (x: number, sigma: number): number => {
  const { skip, out, in: inner } = consistencyScales(sigma);
  return skip * x + out * Math.sin(3 * inner * x);
};

const options: EditOptions = { sigmas: SIGMAS, batchSize: 2, rng: createRng(7) };
const values = (count: number, seed = 1) =>
  createRng(seed)
    .fillUniform(new Float32Array(count))
    .map((u) => 2 * u - 1);

/**
 * Algorithm 4 of the paper word for word, in float64, with the consistency function of {@link network} and clipping.
 *
 * @param groups - positions in an image of the values that A transforms together
 * @param a - A, orthonormal, by rows
 * @param known - A·y of the known coordinates of a group, undefined for the coordinates to be made up
 */
function algorithm4(
  size: number,
  groups: readonly (readonly number[])[],
  a: readonly (readonly number[])[],
  known: (group: number) => readonly (number | undefined)[],
  stream = options.rng.split(0),
): number[] {
  const restore = (x: readonly number[]): number[] => {
    const result = [...x];
    groups.forEach((group, g) => {
      const given = known(g);
      const coordinates = a.map(
        (row, k) =>
          given[k] ?? row.reduce((sum, weight, j) => sum + weight * (x[group[j] as number] as number), 0),
      );
      // The inverse of an orthonormal A is its transpose.
      group.forEach((position, j) => {
        result[position] = a.reduce(
          (sum, row, k) => sum + (row[j] as number) * (coordinates[k] as number),
          0,
        );
      });
    });
    return result;
  };
  let x = restore(new Array<number>(size).fill(0));
  SIGMAS.forEach((sigma, i) => {
    const z = stream.fillNormal(new Float32Array(size));
    const level = i === 0 ? sigma : Math.sqrt(sigma ** 2 - SIGMA_MIN ** 2);
    const noisy = x.map((value, p) => value + level * (z[p] as number));
    x = restore(noisy.map((value) => Math.min(1, Math.max(-1, answer(value, sigma)))));
  });
  return x;
}

/** Rows orthonormal, the first of them in the given direction (Gram–Schmidt). */
function orthonormal(first: readonly number[]): number[][] {
  const rows: number[][] = [];
  const candidates = [first, ...first.map((_, i) => first.map((__, j) => Number(i === j)))];
  for (const candidate of candidates) {
    const rest = rows.reduce(
      (v, row) => {
        const along = row.reduce((sum, r, j) => sum + r * (candidate[j] as number), 0);
        return v.map((value, j) => value - along * (row[j] as number));
      },
      [...candidate],
    );
    const length = Math.hypot(...rest);
    if (length > 1e-6 && rows.length < first.length) rows.push(rest.map((value) => value / length));
  }
  return rows;
}

describe.each(await availableBackends(selectBackend))('on %s', (backend) => {
  beforeAll(async () => {
    await selectBackend({ backend });
  });

  it('inpaint leaves known pixels as they are to the last bit, and makes up the others as Algorithm 4 does', async () => {
    const images = ndarray(values(3 * 24), [3, 3, 4, 2]);
    const mask = ndarray(
      Uint8Array.from({ length: 36 }, (_, p) => Number((p * 7) % 5 < 2)),
      [3, 3, 4],
    );
    const before = tf.memory().numTensors;
    const edited = await inpaint(network, {}, { ...options, images, mask });
    expect(tf.memory().numTensors).toBe(before);
    expect(edited.shape).toEqual([3, 3, 4, 2]);
    edited.data.forEach((value, p) => {
      if (mask.data[p >> 1] === 0) expect(value).toBe(images.data[p]);
      else expect(value).not.toBe(images.data[p]);
    });
    const expected = algorithm4(
      24,
      Array.from({ length: 24 }, (_, p) => [p]),
      [[1]],
      (p) => [mask.data[p >> 1] === 0 ? images.data[p] : undefined],
    );
    expect(edited.data.slice(0, 24)).toBeAllClose(expected, { atol: 1e-4 });
  });

  it('inpaint takes one mask for all images', async () => {
    const images = ndarray(values(2 * 6), [2, 2, 3, 1]);
    const one = [0, 1, 1, 0, 0, 1];
    const [shared, apart] = [ndarray(one, [2, 3]), ndarray([...one, ...one], [2, 2, 3])];
    expect((await inpaint(network, {}, { ...options, images, mask: shared })).data).toEqual(
      (await inpaint(network, {}, { ...options, images, mask: apart })).data,
    );
  });

  it('colorize keeps the luminance, and colors as Algorithm 4 does', async () => {
    const gray = ndarray(values(3 * 6), [3, 2, 3, 1]);
    const before = tf.memory().numTensors;
    const edited = await colorize(network, {}, { ...options, gray });
    expect(tf.memory().numTensors).toBe(before);
    expect(edited.shape).toEqual([3, 2, 3, 3]);
    const luminance = Array.from(gray.data, (_, p) =>
      LUMINANCE.reduce((sum, w, c) => sum + w * (edited.data[3 * p + c] as number), 0),
    );
    expect(luminance).toBeAllClose(gray.data, { rtol: 0, atol: 1e-6 });
    const length = Math.hypot(...LUMINANCE);
    const expected = algorithm4(
      18,
      Array.from({ length: 6 }, (_, p) => [3 * p, 3 * p + 1, 3 * p + 2]),
      orthonormal(LUMINANCE),
      (p) => [(gray.data[p] as number) / length, undefined, undefined],
    );
    expect(edited.data.slice(0, 18)).toBeAllClose(expected, { atol: 1e-4 });
  });

  it('superResolve gives images whose patches have the given means, as Algorithm 4 does', async () => {
    const images = ndarray(values(3 * 12), [3, 2, 3, 2]);
    const before = tf.memory().numTensors;
    const edited = await superResolve(network, {}, { ...options, images, factor: 2 });
    expect(tf.memory().numTensors).toBe(before);
    expect(edited.shape).toEqual([3, 4, 6, 2]);
    const patch = (p: number) => {
      const [y, x, c] = [Math.floor(p / 6), Math.floor(p / 2) % 3, p % 2];
      return [0, 1, 2, 3].map((k) => ((2 * y + (k >> 1)) * 6 + 2 * x + (k & 1)) * 2 + c);
    };
    const means = Array.from(
      images.data,
      (_, p) =>
        patch(p % 12).reduce((sum, at) => sum + (edited.data[48 * Math.floor(p / 12) + at] as number), 0) / 4,
    );
    expect(means).toBeAllClose(images.data, { rtol: 0, atol: 1e-6 });
    const expected = algorithm4(
      48,
      Array.from({ length: 12 }, (_, p) => patch(p)),
      orthonormal([1, 1, 1, 1]),
      (p) => [2 * (images.data[p] as number), undefined, undefined, undefined],
    );
    expect(edited.data.slice(0, 48)).toBeAllClose(expected, { atol: 1e-4 });
  });
});

describe('editing', () => {
  beforeAll(async () => {
    await selectBackend({ backend: 'cpu' });
  });
  const images = ndarray(values(5 * 4), [5, 2, 2, 1]);

  it('gives image i the same bytes in any batch, with its own label, and reports where it is', async () => {
    const labeled: Model = {
      ...network,
      apply: (params, x, time, { labels } = {}) =>
        tf.mul(
          network.apply(params, x, time),
          tf.reshape(tf.cast(labels as tf.Tensor, 'float32'), [-1, 1, 1, 1]),
        ),
    };
    const labels = Int32Array.of(1, 2, 3, 4, 5);
    const run = (batchSize: number, onStep?: EditOptions['onStep']) =>
      superResolve(
        labeled,
        {},
        { ...options, ...(onStep && { onStep }), labels, images, factor: 2, batchSize },
      );
    const firsts: number[] = [];
    const all = await run(2, ({ first, step }) => void (step === 0 && firsts.push(first)));
    expect(firsts).toEqual([0, 2, 4]);
    expect((await run(1)).data).toEqual(all.data);
    expect((await run(5)).data).toEqual(all.data);
  });

  it('takes 17 levels of Karras’ grid unless told otherwise', async () => {
    let steps = 0;
    const onStep: EditOptions['onStep'] = (event) => void (steps = event.steps);
    await superResolve(network, {}, { rng: createRng(0), images, factor: 1, onStep });
    expect(steps).toBe(17);
  });

  it('refuses what does not fit, and keeps no tensor when it does', async () => {
    const before = tf.memory().numTensors;
    const mask = ndarray([1, 0], [2, 1]);
    await expect(inpaint(network, {}, { ...options, images, mask })).rejects.toThrow(
      'inpaint: mask must be of shape',
    );
    const gray = ndarray(values(8), [1, 2, 2, 2]);
    await expect(colorize(network, {}, { ...options, gray })).rejects.toThrow(
      'colorize: gray must be of shape [N,H,W]',
    );
    const factor = 1.5;
    await expect(superResolve(network, {}, { ...options, images, factor })).rejects.toThrow(
      'superResolve: factor must',
    );
    const rejects = (more: Partial<EditOptions>, message: string) =>
      expect(superResolve(network, {}, { ...options, images, factor: 2, ...more })).rejects.toThrow(message);
    await rejects({ sigmas: [] }, 'sigmas must be at least one noise level');
    await rejects({ sigmas: [1, 2] }, 'sigmas[1] must be in [0.002, 1), got 2');
    await rejects({ labels: Int32Array.of(1) }, 'labels must be 5 numbers');
    await rejects({ seeds: [1] }, 'seeds must be 5 integers, one an image, got 1');
    await rejects({ signal: AbortSignal.abort(new Error('enough')) }, 'enough');
    expect(tf.memory().numTensors).toBe(before);
  });
});
