import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { configs } from '../src/configs/index.js';
import { cli, metricsOf, summaryOf, temporaryFolder } from './cli.js';

const smoke = ['--config=smoke', '--backend=wasm'];

// Processes that share their cores with other tests take their time.
const timeout = 300_000;

describe('compare', { timeout }, () => {
  test.each<[string, object, string]>([
    ['a batch larger than the data', { batchSize: 10_001 }, 'batchSize must be at most 10000'],
    ['a network for other images', { model: { ...configs['smoke']?.model, imageChannels: 3 } }, '[B,H,W,3]'],
    [
      'a network for fewer classes',
      { model: { ...configs['smoke']?.model, classes: 9 } },
      'model.classes must be 0, or at least the 10 classes of fashion-mnist-10k',
    ],
    [
      'classes to couple within for a network without classes',
      { twins: [{ name: 'a', coupling: { kind: 'linearAssignment', withinClasses: true } }] },
      'twins.0.coupling.withinClasses must be left out for a network without classes, which is trained without labels; or set ' +
        'model.classes to 10, as many as fashion-mnist-10k@4 has',
    ],
    [
      'weights that are not there',
      { evaluation: { ...configs['smoke']?.evaluation, extractor: 'inception' } },
      'Without a download: evaluation.extractor "values"',
    ],
  ])('%s is refused in a line, not by a crash', async (_, change, message) => {
    const folder = temporaryFolder();
    const file = join(folder, 'config.json');
    writeFileSync(file, JSON.stringify({ ...configs['smoke'], ...change }));
    const { code, stderr } = await cli([
      'compare',
      `--config=${file}`,
      '--backend=wasm',
      `--out=${join(folder, 'run')}`,
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
  });

  test('leaves a run folder with all that a run is, and a run that was stopped and resumed has its metrics', async () => {
    const whole = join(temporaryFolder(), 'run');
    const ended = await cli(['compare', ...smoke, '--steps=12', '--seed=5', `--out=${whole}`]);
    expect(ended.stderr).toBe('');
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^engine +wasm /);
    expect(ended.stdout).toMatch(/^time +about \d/m);
    expect(ended.stdout).toContain(`report    file://${whole}/report.html`);

    expect(JSON.parse(readFileSync(join(whole, 'config.json'), 'utf8'))).toMatchObject({
      name: 'smoke',
      seed: 5,
      steps: 12,
    });
    expect(JSON.parse(readFileSync(join(whole, 'run.json'), 'utf8'))).toMatchObject({
      seed: 5,
      engine: { name: 'wasm' },
      command: 'npx @immiscible/cli compare --config=smoke --steps=12 --seed=5 --backend=wasm',
    });
    const summary = summaryOf(whole);
    expect(summary).toMatchObject({
      status: 'finished',
      engine: { name: 'wasm', version: expect.any(String) as string },
      config: { steps: 12 },
      seed: 5,
      twins: [{ name: 'independent' }, { name: 'immiscible' }],
    });
    for (const twin of summary.twins) {
      // --steps 12 instead of 8 keeps the two evaluations, at 1 and 2 sampling steps each.
      expect(twin.curve.map(({ step, samplingSteps }) => [step, samplingSteps])).toEqual([
        [6, 1],
        [6, 2],
        [12, 1],
        [12, 2],
      ]);
      for (const point of twin.curve) {
        expect(point).toMatchObject({ metric: 'FD-fashion', n: 96, sampler: 'Euler' });
        expect(point.extractor).toMatch(/^fashion@/);
        expect(point.value).toBeGreaterThan(0);
        expect(point.seconds).toBeGreaterThan(0);
      }
      for (const { file } of twin.grids) {
        // 3×3 images of 4×4 pixels, three times as large, three pixels apart.
        expect(decode(readFileSync(join(whole, file)))).toMatchObject({ width: 42, height: 42 });
      }
      expect(existsSync(join(whole, twin.checkpoint ?? ''))).toBe(true);
      expect(twin.couplingShare).toBeGreaterThanOrEqual(0);
      expect(twin.couplingShare).toBeLessThan(1);
    }
    const [independent, immiscible] = summary.twins;
    expect(independent?.distanceDrop).toBe(0);
    expect(immiscible?.distanceDrop).toBeGreaterThan(0.02);
    // The same noise as drawn: only what the coupling made of it differs.
    expect(immiscible?.distance.before).toBe(independent?.distance.before);

    const stopped = join(temporaryFolder(), 'run');
    const interrupted = await cli(['compare', ...smoke, '--steps=12', '--seed=5', `--out=${stopped}`], {
      at: 'step 6 ',
    });
    expect(interrupted.code).toBe(130);
    expect(interrupted.stderr).toContain('stopping after this step');
    expect(interrupted.stdout).toContain('go on     --resume');
    const partial = summaryOf(stopped);
    expect(partial.status).toBe('interrupted');
    expect(partial.twins[0]?.steps).toBe(partial.twins[1]?.steps);
    expect(partial.twins[0]?.steps).toBeLessThan(12);
    expect(partial.comparisons).toHaveLength(2);
    expect(readFileSync(join(stopped, 'report.html'), 'utf8')).toContain('Interrupted at step');

    const resumed = await cli(['compare', `--resume=${stopped}`, '--backend=wasm']);
    expect(resumed.stderr).toBe('');
    expect(resumed.code).toBe(0);
    expect(summaryOf(stopped).status).toBe('finished');
    // Where it was stopped there may be an evaluation more.
    const scheduled = metricsOf(stopped).filter(
      ({ kind, step }) => kind === 'step' || step === 6 || step === 12,
    );
    const byTwinAndStep = (metrics: Record<string, unknown>[]) =>
      metrics.map((metric) => JSON.stringify(metric)).sort();
    expect(byTwinAndStep(scheduled)).toEqual(byTwinAndStep(metricsOf(whole)));
  });

  test('stops at a loss that is not finite, with a report and where the last good weights are', async () => {
    const folder = temporaryFolder();
    const config = join(folder, 'diverging.json');
    // A learning rate that overflows float32 in the second step.
    writeFileSync(
      config,
      JSON.stringify({
        ...configs['smoke'],
        name: 'diverging',
        optimizer: { kind: 'adam', learningRate: 1e38 },
        checkpoint: { every: 1 },
      }),
    );
    const out = join(folder, 'run');
    const { code, stderr, stdout } = await cli([
      'compare',
      `--config=${config}`,
      '--backend=wasm',
      `--out=${out}`,
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/loss and gradient of step \d must be finite/);
    expect(stdout).toMatch(/weights +independent: .*checkpoint-/);
    expect(summaryOf(out)).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/finite/) as string,
    });
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Stopped by an error');
  });

  test.each([
    ['an unknown flag', ['compare', '--stpes=3'], 'unknown flag --stpes; did you mean --steps?'],
    ['an unknown command', ['compair'], 'unknown command compair; did you mean compare?'],
    ['an unknown config', ['train', '--config=fashion-flw'], 'did you mean fashion-flow?'],
    [
      'an output folder below a file',
      ['compare', ...smoke, `--out=${import.meta.filename}/x`],
      '--out must be',
    ],
  ])('refuses %s with exit code 2', async (_, argv, message) => {
    const { code, stderr } = await cli(argv);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test('refuses a folder that holds a run, and leaves it as it was', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'run'));
    writeFileSync(join(folder, 'run', 'config.json'), '{}');
    const { code, stderr } = await cli(['compare', ...smoke, `--out=${join(folder, 'run')}`]);
    expect(stderr).toContain('which holds a run; continue it with --resume');
    expect(code).toBe(2);
    expect(readdirSync(join(folder, 'run'))).toEqual(['config.json']);
  });
});
