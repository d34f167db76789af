import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { configs } from '../configs/index.js';
import { UsageError } from '@immiscible/command-line';
import { mergeConfig } from './extend.js';
import { loadConfig } from './load.js';

/** Files of JSON in a new folder. @returns the folder */
function files(contents: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'extend-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'base'));
  for (const [name, value] of Object.entries(contents)) {
    writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
  }
  return folder;
}

// The examples of RFC 7396, appendix A, that begin with an object.
test.each([
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', '{}'],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
])('%s with %s is %s', (base, change, result) => {
  expect(mergeConfig(JSON.parse(base), JSON.parse(change))).toEqual(JSON.parse(result));
});

test('an object of another kind takes the place of the whole', () => {
  expect(mergeConfig({ a: { kind: 'x', only: 1 } }, { a: { kind: 'y', other: 2 } })).toEqual({
    a: { kind: 'y', other: 2 },
  });
  expect(mergeConfig({ a: { kind: 'x', only: 1 } }, { a: { kind: 'x', other: 2 } })).toEqual({
    a: { kind: 'x', only: 1, other: 2 },
  });
});

test('a file extends a named config, and another file relative to itself', () => {
  const folder = files({
    'base/short.json': { $schema: 'anything', extends: 'fashion-ddim', title: 'Short', steps: 10 },
    'mine.json': { extends: './base/short.json', evaluation: { samplingSteps: [3] } },
  });
  const fashion = configs['fashion-ddim'];
  expect(loadConfig(join(folder, 'base', 'short.json'))).toEqual({
    ...fashion,
    name: 'short',
    title: 'Short',
    steps: 10,
  });
  expect(loadConfig(join(folder, 'mine.json'))).toEqual({
    ...fashion,
    name: 'mine',
    title: 'mine',
    steps: 10,
    evaluation: { ...fashion?.evaluation, samplingSteps: [3] },
  });
});

test.each([
  [
    { extends: 'mine.json' },
    'extends must be the name of a config or the path of another file ending in .json, got mine.json, which extends this one',
  ],
  [{ extends: 'base/back.json' }, 'got ../mine.json, which extends this one'],
  [{ extends: 'fashion-dim' }, 'got fashion-dim; did you mean fashion-ddim?'],
  [{ extends: 'toString' }, 'got toString'],
  [{ extends: 'none.json' }, 'got none.json, and there is no '],
  [{ extends: 3 }, 'got 3'],
  [{ extends: ['smoke'] }, 'got ["smoke"]'],
  [{ extends: 'base/broken.json' }, 'must be a JSON file'],
  [{ extends: 'smoke', stepps: 3 }, 'unknown key stepps; did you mean steps?'],
  [{ extends: 'smoke', steps: null }, 'steps is missing'],
  [{ extend: 'smoke' }, 'unknown key extend'],
  ['{ "extends": "smoke", "__proto__": { "steps": 1 } }', 'unknown key __proto__'],
  [[], 'must be of type object'],
])('%j is refused', (mine, message) => {
  const folder = files({
    'mine.json': mine,
    'base/back.json': { extends: '../mine.json' },
    'base/broken.json': '{',
  });
  const load = () => loadConfig(join(folder, 'mine.json'));
  expect(load).toThrow(UsageError);
  expect(load).toThrow(message);
});

test('a byte order mark is no fault of the config', () => {
  const folder = files({ 'mine.json': '\uFEFF{ "extends": "smoke" }' });
  expect(loadConfig(join(folder, 'mine.json'))).toMatchObject({
    name: 'mine',
    steps: configs['smoke']?.steps,
  });
});
