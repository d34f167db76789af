import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import { cli, metricsOf, summaryOf, temporaryFolder } from './cli.js';

test(
  'train, evaluate and sample: one twin, the same metrics from the same seed, thread or none, the same distance from its checkpoint',
  { timeout: 300_000 },
  async () => {
    const folder = temporaryFolder();
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    const train = ['train', '--config=smoke', '--backend=wasm', '--steps=2', '--seed=1'];
    expect((await cli([...train, '--twin=immiscible', `--out=${a}`])).code).toBe(0);
    // The last twin is the default.
    expect((await cli([...train, '--no-thread', `--out=${b}`])).code).toBe(0);
    expect(summaryOf(a).twins[0]?.couplingAhead).toBeGreaterThan(0);
    expect(summaryOf(b).twins[0]?.couplingAhead).toBe(0);
    expect(summaryOf(a).twins.map(({ name }) => name)).toEqual(['immiscible']);
    expect(metricsOf(b)).toEqual(metricsOf(a));

    const evaluated = await cli(['evaluate', `--run=${a}`, '--backend=wasm', '--json']);
    expect(evaluated.code).toBe(0);
    const { results } = JSON.parse(evaluated.stdout) as { results: Record<string, unknown>[] };
    const last = summaryOf(a).twins[0]?.curve.filter(({ step }) => step === 2) ?? [];
    expect(results).toEqual(
      last.map(({ seconds: _seconds, ...point }) => ({ twin: 'immiscible', ...point })),
    );

    const png = join(folder, 'samples.png');
    const sampled = await cli([
      'sample',
      `--run=${a}`,
      '--backend=wasm',
      '--count=9',
      '--sampling-steps=2',
      `--out=${png}`,
    ]);
    expect(sampled.code).toBe(0);
    // From the noise of the run's own samples: the run's own picture.
    const own = readFileSync(join(a, summaryOf(a).twins[0]?.grids.at(-1)?.file ?? ''));
    expect(decode(readFileSync(png)).data).toEqual(decode(own).data);
  },
);
