import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { suggestion, UsageError } from '@immiscible/command-line';
import { configs } from '../configs/index.js';
import { parseJson } from './parse-json.js';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The content of a config file with what it `extends`, a named config or another file (relative to the one that names it), filled in.
 * A file that extends another is called by its file's name where it gives none.
 *
 * @param path - a JSON file
 * @returns what is still to be parsed, without `$schema` and `extends`
 * @throws UsageError if a file isn't there or no JSON, or files extend each other in a circle
 */
export function readConfigFile(path: string): unknown {
  if (!existsSync(path))
    throw new UsageError(`--config must be an existing file, got ${path}, which isn't there`);
  return extended(path, []);
}

/**
 * `base` with what `change` says, as by JSON Merge Patch (RFC 7396): objects are merged, anything else is replaced, `null` leaves a key out.
 * Beyond it, an object of another `kind` takes the place of the whole: the keys of two kinds have nothing to do with each other.
 */
export function mergeConfig(base: unknown, change: unknown): unknown {
  if (!isObject(change)) return change;
  const isOther = !isObject(base) || ('kind' in change && change['kind'] !== base['kind']);
  const merged = new Map(isOther ? [] : Object.entries(base));
  for (const [key, value] of Object.entries(change)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergeConfig(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

function extended(path: string, through: readonly string[]): unknown {
  const file = realpathSync(path);
  const value = readJson(path);
  if (!isObject(value)) return value;
  const { $schema: _, extends: base, ...own } = value;
  if (base === undefined) return own;
  const name = own['name'] ?? basename(path, '.json');
  return mergeConfig(baseOf(base, path, [...through, file]), { name, title: name, ...own });
}

function baseOf(base: unknown, path: string, through: readonly string[]): unknown {
  const refuse = (found: string) =>
    new UsageError(
      `config ${path}: extends must be the name of a config or the path of another file ending in .json, got ${found}`,
    );
  if (typeof base !== 'string') throw refuse(JSON.stringify(base));
  if (Object.hasOwn(configs, base)) return configs[base];
  if (!base.endsWith('.json')) throw refuse(`${base}${suggestion(base, Object.keys(configs))}`);
  const other = resolve(dirname(path), base);
  if (!existsSync(other)) throw refuse(`${base}, and there is no ${other}`);
  if (through.includes(realpathSync(other))) {
    throw refuse(`${base}, which extends this one`);
  }
  return extended(other, through);
}

function readJson(path: string): unknown {
  try {
    return parseJson(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new UsageError(`--config must be a JSON file, got ${path}: ${(cause as Error).message}`, { cause });
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
