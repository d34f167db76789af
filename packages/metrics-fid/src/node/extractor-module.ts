import { ArgumentError, checkOptions, describe } from '@immiscible/core';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FeatureExtractor } from '../feature-extractor.js';

/** An extractor of a module, and how many channels its images have. */
export interface ExtractorModule {
  readonly extractor: FeatureExtractor;
  readonly channels: 1 | 3;
}

/** What a name of features may look like: `name` or `name@version`, and not one of the published networks here. */
const ID = /^(?!inception2015|(?:fashion|random|values)(?:@|$))[A-Za-z0-9][\w.-]*(@[\w.+-]+)?$/;

/**
 * Whether a name may be given to features that the package knows nothing of.
 *
 * @throws RangeError if it is one that stands for the package's own extractors, or has other characters
 */
export function checkFeatureName(what: string, id: unknown): string {
  if (typeof id === 'string' && ID.test(id)) return id;
  throw new ArgumentError({
    fn: 'fid',
    argument: what,
    constraint:
      'a name or name@version of letters, digits, ".", "-" and "_", other than inception2015, fashion, random and values',
    got: describe(id),
  });
}

/**
 * The extractor that a JavaScript module exports by default: a `FeatureExtractor`, or a function that returns one or a
 * promise of one. The module runs: only name one that you trust. It may export `channels`, 1 or 3 (3).
 *
 * @param path - of the module
 * @param options - what a function is called with
 * @throws RangeError naming the module, if it can't be loaded or exports something else
 */
export async function extractorFromModule(
  path: string,
  options: { readonly batchSize?: number } = {},
): Promise<ExtractorModule> {
  checkOptions('extractorFromModule', options, ['batchSize']);
  const fail = (expected: string, found: string, cause?: unknown): never => {
    throw new RangeError(`fid: ${path} must ${expected}, got ${found}`, { cause });
  };
  if (!existsSync(path)) fail('be a module', 'no file');
  const module = (await import(pathToFileURL(resolve(path)).href).catch((cause: unknown) =>
    fail('be a module that loads', cause instanceof Error ? cause.message : String(cause), cause),
  )) as { readonly default?: unknown; readonly channels?: unknown };
  const { default: exported, channels = 3 } = module;
  const made: unknown = typeof exported === 'function' ? await exported(options) : exported;
  const { id, dimensions, extract } = (made ?? {}) as Partial<FeatureExtractor>;
  if (typeof extract !== 'function') {
    return fail('export a feature extractor { id, dimensions, extract } by default', kindOf(made));
  }
  checkFeatureName(`${path}: id`, id);
  if (!Number.isInteger(dimensions) || (dimensions as number) < 1) {
    return fail('export an extractor with a positive integer as dimensions', JSON.stringify(dimensions));
  }
  if (channels !== 1 && channels !== 3) return fail('export channels as 1 or 3', JSON.stringify(channels));
  return { extractor: made as FeatureExtractor, channels };
}

function kindOf(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? `an object of ${Object.keys(value).join(', ') || 'nothing'}`
    : String(value);
}
