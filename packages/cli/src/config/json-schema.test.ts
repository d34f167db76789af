import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { configs } from '../configs/index.js';
import { configJsonSchema } from './json-schema.js';

const file = JSON.parse(readFileSync(new URL('../../config.schema.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>;
// Strict mode also refuses keywords that it doesn't know.
const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allowUnionTypes: true });
const isValid = ajv.compile(file);

test('the file in the package is what `immiscible config --schema` prints', () => {
  expect(file).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
});

describe('by a validator of JSON Schema', () => {
  test.each(Object.keys(configs))('%s is a config', (name) => {
    const config = JSON.parse(JSON.stringify(configs[name])) as object;
    expect([isValid({ $schema: 'config.schema.json', ...config }), isValid.errors]).toEqual([true, null]);
  });

  test.each([
    { extends: 'smoke' },
    { $schema: 'x', extends: './base.json', steps: 3 },
    { extends: 'smoke', dataset: { kind: 'pictures', path: 'photos', resolution: 14, channels: 1 } },
    { extends: 'smoke', model: { preset: null, channels: 16 }, checkpoint: { every: 5 } },
    { extends: 'fashion-ddim', optimizer: { clipNorm: null } },
  ])('%j may extend', (config) => {
    expect([isValid(config), isValid.errors]).toEqual([true, null]);
  });

  test.each([
    {},
    { extends: 'smok' },
    { extends: 3 },
    { extends: 'smoke', stepps: 3 },
    { extends: 'smoke', steps: 0 },
    { extends: 'smoke', dataset: { kind: 'photos', path: 'photos' } },
    { extends: 'smoke', checkpoint: { often: 5 } },
    { ...configs['smoke'], steps: null },
    { ...configs['smoke'], extend: 'smoke' },
    { ...configs['smoke'], seed: undefined },
  ])('%j is none', (config) => {
    expect(isValid(JSON.parse(JSON.stringify(config)))).toBe(false);
  });
});
