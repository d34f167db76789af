import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, configFile, contentOf, type RunOptions, summaryOf, temporaryFolder } from './cli.js';

// A run that has failed must end: by far more than it takes, also where processes share their cores with other tests.
const limit = 150_000;
const injected = new URL('./full-disk.mjs', import.meta.url).href;

function failing(
  folder: string,
  env: Record<string, string>,
  argv: readonly string[] = [],
): ReturnType<typeof cli> {
  const options: RunOptions = { limit, cwd: folder, env: { NODE_OPTIONS: `--import=${injected}`, ...env } };
  const config = configFile(folder);
  return cli(['compare', `--config=${config}`, '--backend=wasm', '--out=run', ...argv], options);
}

describe('a run that fails ends with its code, whatever stage it is at', { timeout: 2 * limit }, () => {
  test.each<[string, Record<string, string>, number, RegExp]>([
    [
      'its lock',
      { FULL_DISK: 'run\\.lock' },
      2,
      /--out must be a folder that can be written, got run: ENOSPC/,
    ],
    [
      'the room for its report',
      { FULL_DISK: '\\.reserve' },
      2,
      /--out must be a folder that can be written, got run: ENOSPC/,
    ],
    // After the host thread of the second twin has started.
    [
      'its checkpoints’ folder',
      { FULL_DISK: 'immiscible/checkpoint-probe' },
      1,
      /^fileStore: .*immiscible.* ENOSPC/m,
    ],
    [
      'its config',
      { FULL_DISK: 'config\\.json' },
      1,
      /^run.config\.json must be a file that can be written, got ENOSPC.*; free some space/m,
    ],
    [
      'its picture of real images',
      { FULL_DISK: 'real\\.png' },
      1,
      /^run.samples.real\.png must be a file .*free some space/m,
    ],
    ['its facts', { FULL_DISK: 'run\\.json' }, 1, /^run.run\.json must be a file .*free some space/m],
  ])(
    '%s: refused before the first step, and nothing is left in the way of another try',
    async (_, env, code, message) => {
      const folder = temporaryFolder();
      const ended = await failing(folder, env);
      expect(ended.stderr).toMatch(message);
      expect(ended.stderr).not.toContain('    at ');
      expect(ended.code).toBe(code);
      expect(readdirSync(folder)).toEqual(['config.json']);
    },
  );

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'its log',
      { FULL_DISK: 'stats\\.jsonl$', FULL_AFTER: '4' },
      /run.stats\.jsonl must be a file that can be written.*free some space on its disk/,
    ],
    [
      'a checkpoint',
      { FULL_DISK: 'immiscible.checkpoint-00000002.*\\.safetensors' },
      /checkpoint-00000002.*ENOSPC/,
    ],
    [
      'a picture',
      { FULL_DISK: 'step-000004\\.png' },
      /step-000004\.png must be a file that can be written.*free some space/,
    ],
    ['a host thread', { BROKEN_THREAD: '1' }, /this thread is broken/],
  ])('%s: fails during the training, with a report of what there is', async (stage, env, message) => {
    const folder = temporaryFolder();
    const { code, stderr, stdout } = await failing(folder, env);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
    const run = join(folder, 'run');
    expect(summaryOf(run)).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(message) as string,
    });
    expect(readFileSync(join(run, 'report.html'), 'utf8')).toContain('Stopped by an error');
    if (stage === 'a picture') expect(stdout).toContain('go on     --resume run');
    for (const name of ['run.lock', '.reserve']) expect(existsSync(join(run, name))).toBe(false);
    expect([...contentOf(run).keys()].filter((name) => name.includes('partial'))).toEqual([]);
  });

  test('its report: the results are printed, with what could not be written and why', async () => {
    const folder = temporaryFolder();
    const { code, stderr, stdout } = await failing(folder, { FULL_DISK: '(summary\\.json|report\\.html)' });
    expect(stderr).toMatch(
      /run.summary\.json must be a file that can be written, got ENOSPC.*free some space/,
    );
    expect(stdout).toContain('FD-values');
    expect(code).toBe(1);
  });

  test('an unknown twin, a config that does not fit, a data set that is not there', async () => {
    const folder = temporaryFolder();
    const dataset = { kind: 'pictures', path: join(folder, 'none') } as const;
    const config = configFile(folder, { dataset });
    const { code, stderr } = await cli(['train', `--config=${config}`, '--out=run'], { limit, cwd: folder });
    expect(stderr).toContain('none');
    expect(code).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual(['config.json']);
  });

  test('a refused resume changes nothing; swapped twins and a changed config are refused by evaluate and sample too', async () => {
    const folder = temporaryFolder();
    const options = { limit, cwd: folder };
    const config = configFile(folder);
    expect((await cli(['compare', `--config=${config}`, '--backend=wasm', '--out=run'], options)).code).toBe(
      0,
    );
    const checkpoints = join(folder, 'run', 'checkpoints');
    const swap = () => {
      for (const [from, to] of [
        ['independent', 'x'],
        ['immiscible', 'independent'],
        ['x', 'immiscible'],
      ] as const)
        renameSync(join(checkpoints, from), join(checkpoints, to));
    };
    const refused = async (argv: readonly string[], message: string) => {
      const before = contentOf(folder);
      const { code, stderr } = await cli([...argv, '--backend=wasm'], options);
      expect(stderr).toContain(message);
      expect(stderr).not.toContain('    at ');
      expect(code).toBe(2);
      expect(contentOf(folder)).toEqual(before);
    };
    swap();
    await refused(['evaluate', '--run=run'], 'must hold checkpoints of independent, got those of immiscible');
    await refused(
      ['compare', '--resume=run'],
      'must hold checkpoints of independent, got those of immiscible',
    );
    swap();
    const saved = join(folder, 'run', 'config.json');
    const text = readFileSync(saved, 'utf8');
    writeFileSync(saved, text.replace('"resolution": 4', '"resolution": 8'));
    await refused(['sample', '--run=run'], 'must hold checkpoints of the config in config.json');
    writeFileSync(saved, text);
    mkdirSync(join(folder, 'other', 'checkpoints'), { recursive: true });
    writeFileSync(join(folder, 'other', 'checkpoints', 'independent'), 'a file where a folder must be');
    await refused(
      ['compare', `--config=${config}`, '--out=other'],
      'which has checkpoints that the run would overwrite',
    );
  });
});
