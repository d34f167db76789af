import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configs } from '../configs/index.js';
import { UsageError } from '@immiscible/command-line';
import { loadConfig, parseConfig, withOverrides } from './load.js';

const smoke = configs['smoke'] as (typeof configs)[string];

/** A copy with one place changed. */
function changed(path: string, value: unknown): unknown {
  const copy = structuredClone(smoke) as unknown as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() as string;
  const parent = keys.reduce((at, key) => at[key] as Record<string, unknown>, copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

describe('every config of the repository', () => {
  test.each(Object.keys(configs))('%s is valid, named as it is called, and survives JSON', (name) => {
    const config = loadConfig(name);
    expect(config.name).toBe(name);
    expect(parseConfig(JSON.parse(JSON.stringify(config)), name)).toEqual(config);
  });

  test.each(Object.keys(configs))('the twins of %s differ in the coupling alone', (name) => {
    for (const twin of loadConfig(name).twins) expect(Object.keys(twin).sort()).toEqual(['coupling', 'name']);
  });
});

describe('a config that is wrong is refused with the place and what may stand there', () => {
  test.each([
    ['stepps', 3, 'unknown key stepps; did you mean steps?'],
    ['evaluation.sample', 3, 'unknown key evaluation.sample; did you mean samples?'],
    ['twins.1.coupling.pol', 3, 'unknown key twins.1.coupling.pol; did you mean pool?'],
    [
      'twins.1.coupling.solver',
      'auctoin',
      'twins.1.coupling.solver must be one of auto, jonkerVolgenant, auction',
    ],
    ['twins.1.coupling.solver', 'auctoin', 'got "auctoin"; did you mean auction?'],
    ['twins.1.coupling.kind', 'linearAssignement', 'did you mean linearAssignment?'],
    [
      'method.kind',
      'flow',
      'method.kind must be one of ddim, flow-matching, edm, consistency, got "flow"; did you mean flow-matching?',
    ],
    ['optimizer.learningRate', { kind: 'cosine', form: 1e-3 }, 'form; did you mean from?'],
    ['steps', 0, 'steps must be at least 1, got 0'],
    ['steps', 1.5, 'steps must be of type int, got 1.5'],
    ['batchSize', undefined, 'batchSize is missing'],
    ['ema.decay', 1, 'ema.decay must be under 1, got 1'],
    ['model.channelMultipliers', [], 'model.channelMultipliers must be at least 1, got 0 of them'],
    [
      'method',
      { kind: 'edm', sampler: { kind: 'heun' } },
      'evaluation.samplingSteps: must each be at least 2 for edm, whose levels go from the highest to the lowest, got [1,2]',
    ],
    ['name', 'a/b', 'must be letters, digits, dots, dashes and underscores only'],
    ['name', '..', 'begin with none but a letter, a digit or an underscore'],
    ['name', '../..', 'must be letters, digits, dots, dashes and underscores only'],
    ['name', '-x', 'begin with none but'],
    ['name', '.hidden', 'begin with none but'],
    ['name', 'x'.repeat(101), '100 of them at most'],
    ['twins.0.name', '..', 'twins.0.name: must be letters'],
    ['twins', [smoke.twins[0], smoke.twins[0]], 'twins: names must differ'],
    ['twins', [smoke.twins[0], { ...smoke.twins[0], name: 'INDEPENDENT' }], 'twins: names must differ'],
  ])('%s: %j', (path, value, message) => {
    const parse = () => parseConfig(changed(path, value), 'x.json');
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow('config x.json: ');
    expect(parse).toThrow(message);
  });

  test('all mistakes are told at once', () => {
    const parse = () => parseConfig({ ...(changed('stepps', 3) as object), seed: -1 }, 'x.json');
    expect(parse).toThrow('stepps');
    expect(parse).toThrow('seed must be at least 0');
  });
});

describe('loadConfig', () => {
  test('names the nearest config, a missing file, and what is no JSON', () => {
    expect(() => loadConfig('fashion-dim')).toThrow('did you mean fashion-ddim?');
    expect(() => loadConfig('missing.json')).toThrow('must be an existing file, got missing.json');
    const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'broken.json');
    writeFileSync(file, '{');
    expect(() => loadConfig(file)).toThrow('must be a JSON file');
  });

  test('a name that objects have by themselves is no config', () => {
    expect(() => loadConfig('toString')).toThrow('--config must be one of');
  });
});

test('other numbers of steps keep the numbers of evaluations and checkpoints', () => {
  const long = withOverrides(smoke, { steps: 800, seed: 3 });
  expect(long).toMatchObject({ steps: 800, seed: 3, evaluation: { every: 400 }, checkpoint: { every: 400 } });
  expect(withOverrides(smoke, { steps: 1 })).toMatchObject({ steps: 1, evaluation: { every: 1 } });
  expect(withOverrides(smoke, {})).toEqual(smoke);
});
