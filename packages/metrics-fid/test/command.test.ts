import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRng } from '@immiscible/core';
import { frechetInfinity, kernelDistance, statistics } from '@immiscible/metrics-fid';
import { writeStatistics } from '@immiscible/metrics-fid/node';
import ndarray from 'ndarray';
import { beforeAll, describe, expect, it } from 'vitest';
import { fid, folder, json, normalFeatures } from './fid-command.js';

describe('fid A B, of features', () => {
  let a = '';
  let b = '';
  beforeAll(() => {
    a = normalFeatures('a.npy', 400, 3, 0, 1);
    b = normalFeatures('b.npy', 300, 3, 1, 2);
  });

  it('prints the distance of normal sets one apart in three dimensions, about 3, and what it is of', async () => {
    const { out, errors, code } = await fid(a, b);
    expect(code).toBe(0);
    const [metric, value] = (out[0] as string).split(' ');
    expect(metric).toBe('FD');
    expect(Math.abs(Number(value) - 3)).toBeLessThan(0.5);
    expect(out[1]).toBe('n 400 and 300, extractor unknown');
    expect(errors.join()).toContain('numbers of images differ (400 and 300)');
    expect(errors.join()).toContain("a.npy doesn't say which extractor");
  });

  it('gives value, metric, n, extractor, hash, mode, reference and seed as JSON', async () => {
    const result = await json(a, b, '--seed', '7');
    expect(result).toMatchObject({
      metric: 'FD',
      n: [400, 300],
      dimensions: 3,
      extractor: null,
      hash: null,
      mode: null,
      reference: a,
      inputs: [a, b],
      seed: 7,
    });
    expect(result.warnings.length).toBe(3);
  });

  it('takes the first --num of each, and refuses what holds fewer', async () => {
    expect((await json(a, b, '--num', '300')).n).toEqual([300, 300]);
    const { errors, code } = await fid(a, b, '--num', '350');
    expect(code).toBe(1);
    expect(errors.join()).toMatch(/b\.npy must hold at least 350 images, as --num says, got 300/);
  });

  it("gives KID and FID∞ as the library's functions do, and an interval about the distance", async () => {
    const flags = ['--kid-subset-size', '50', '--kid-subsets', '4', '--points', '5', '--smallest', '100'];
    const result = await json(
      ...[a, b, '--metrics', 'kid,prdc,infinity,interval', '--replicates', '40', '--seed', '3', ...flags],
    );
    const features = [a, b].map((path, i) => {
      const bytes = readFileSync(path).subarray(128);
      return ndarray(new Float32Array(new Uint8Array(bytes).buffer), [i === 0 ? 400 : 300, 3]);
    });
    const [real, generated] = features as [(typeof features)[0], (typeof features)[0]];
    const rng = (name: string) => createRng(3).split(name);
    expect(result.kid).toEqual({
      ...kernelDistance(real, generated, { rng: rng('kid'), subsets: 4, subsetSize: 50 }),
      ...{ subsets: 4, subsetSize: 50 },
    });
    const reference = statistics(3).update(real).finish();
    expect(result.infinity).toEqual(
      frechetInfinity(reference, generated, { rng: rng('infinity'), points: 5, smallest: 100 }),
    );
    expect(result.prdc.k).toBe(5);
    const { low, high, value, replicates } = result.interval;
    expect(value).toBeCloseTo(result.value, 10);
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
    // ‖x̄‖² of 300 vectors with mean (1,1,1) has a standard deviation of about 2·√(3/300) = 0.2.
    expect(result.interval.standardError).toBeGreaterThan(0.12);
    expect(result.interval.standardError).toBeLessThan(0.3);
    expect(replicates).toBe(40);
  });

  it('takes statistics as A for FID∞ and intervals, but not for KID', async () => {
    const stats = join(folder, 'a.npz');
    expect((await fid('--save-stats', a, stats)).out).toEqual([stats]);
    const flags = ['--points', '3', '--smallest', '200', '--replicates', '4'];
    const { out } = await fid(stats, b, '--metrics', 'infinity,interval', ...flags);
    expect(out.join('\n')).toMatch(/FD∞ [\d.]+ \(3 points from 200, seed 0\)/);
    expect(out.join('\n')).toMatch(/interval [\d.]+ to [\d.]+, standard error/);
    const { errors, code } = await fid(stats, b, '--metrics', 'kid');
    expect(code).toBe(1);
    expect(errors.join()).toMatch(/a\.npz must be images or \.npy features for kid, got statistics/);
  });

  it('refuses sets with no more images than features, unless --allow-few says so', async () => {
    const few = normalFeatures('few.npy', 3, 3, 0, 3);
    const refused = await fid(a, few);
    expect(refused.code).toBe(1);
    expect(refused.errors.join()).toMatch(
      /few\.npy must be of more images than its 3 features, got 3; .* say --allow-few/,
    );
    const allowed = await fid(a, few, '--allow-few');
    expect(allowed.code).toBe(0);
    expect(allowed.errors.join()).toContain('3 images give a singular covariance of 3 features');
  });

  it.each([
    [
      ['--metrics', 'fid'],
      '--metrics must be one of sfid, kid, mind, mifid, prdc, is, infinity, interval, got fid',
    ],
    [['--metrics', 'is', '--extractor', 'fashion'], '--extractor must be inception for the Inception Score'],
    [['--seed'], '--seed must have a value, got none'],
    [
      ['--metrics', 'kid'],
      'a.npy must be at least 1000 vectors, got 400; take more, or a smaller --kid-subset-size',
    ],
    [['--seed', 'x'], '--seed must be an integer of at least 0, got x'],
    [['--mode', 'bicubic'], '--mode must be one of pytorch, clean, legacy_tensorflow, got bicubic'],
    [['--level', '95'], '--level must be in (0, 1), got 95'],
    [['--replicates', '0'], '--replicates must be an integer of at least 1, got 0'],
    [
      ['--extractor', 'vgg'],
      "--extractor must be inception, random, values, fashion, or a module's path (.mjs), got vgg",
    ],
    [['--dims', '100'], '--dims must be one of 64, 192, 768, 2048, got 100'],
    [['--dims', '64', '--extractor', 'fashion'], '--dims must be left out with --extractor fashion, got 64'],
    [['--features-of', 'inception2015'], '--features-of must be a name or name@version'],
    [['--features-of', 'a b'], '--features-of must be a name or name@version'],
    [['--metrics', 'sfid'], 'a.npy must be images, or an .npz with mu_s and sigma_s, for sfid'],
    [['--metrics', 'kid', '--kid-degree', 'x'], '--kid-degree must be a number, got x'],
    [['--kid-sigma', '1', '--kid-coef0', '0'], '--kid-sigma must be alone'],
    [['--threshold', '2'], '--threshold must be in (0, 1], got 2'],
    [['--extractor', 'nowhere.mjs'], 'nowhere.mjs must be a module, got no file'],
    [['--nums', '3'], 'fid: unknown flag --nums; did you mean --num?'],
    [['more'], 'fid: there must be at most 2 words (A, B), got more as well'],
    [['--metrics', 'is', '--weights', 'nowhere.pth'], 'must be in nowhere.pth, got no file'],
    [['--metrics', 'infinity'], 'must be more than 5000 vectors, got 300'],
  ])('refuses %j', async (flags, message) => {
    const { errors, code } = await fid(a, b, ...flags);
    // What is in a file is a failure; what was typed, a misuse.
    expect(code).toBe(/^(--|fid: )/.test(message) ? 2 : 1);
    expect(errors.join()).toContain(message);
  });

  it.each([
    [
      ['a.npy', 'out.npz', '--metrics', 'kid'],
      '--metrics must be sfid or left out with --save-stats, got kid',
    ],
    [['a.npy', 'out'], 'B must be an .npz to write, got '],
    [['a.npy', 'no-folder/out.npz'], 'B must lie in a folder that is there'],
  ])('with --save-stats, refuses %j before it measures anything', async (args, message) => {
    const [from, to, ...rest] = args as [string, string, ...string[]];
    const { errors, code } = await fid('--save-stats', join(folder, from), join(folder, to), ...rest);
    expect([code, errors.join()]).toEqual([2, expect.stringContaining(message)]);
  });

  it('names the file whose statistics have other dimensions, or a matrix that is no covariance', async () => {
    const wide = normalFeatures('wide.npy', 40, 5, 0, 4);
    expect((await fid(a, wide)).errors.join()).toMatch(
      /wide\.npy: dimensions must be 3 as those of .*a\.npy/,
    );
    const covariance = Float64Array.of(-1);
    const negative = { n: 9, dimensions: 1, mean: new Float64Array(1), covariance };
    const path = join(folder, 'negative.npz');
    await writeStatistics(path, negative);
    expect((await fid(path, path)).errors.join()).toMatch(
      /negative\.npz: covariance must be positive semidef/,
    );
    await writeStatistics(path, { ...negative, mean: Float64Array.of(NaN) });
    expect((await fid(path, path)).errors.join()).toMatch(
      /negative\.npz must hold finite numbers as mu, got NaN/,
    );
  });

  it('names the file whose features are NaN', async () => {
    const path = normalFeatures('nan.npy', 10, 2, NaN, 1);
    expect((await fid(a, path)).errors.join()).toMatch(
      /nan\.npy must hold finite numbers as features, got NaN at 0/,
    );
  });
});
