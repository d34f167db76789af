import { type BackendName, selectBackend } from '@immiscible/backend';
import { checkOptions, type OptionKeys } from '@immiscible/core';
import { fashionFeatures } from '../fashion-features.js';
import type { FeatureExtractor } from '../feature-extractor.js';
import type { InceptionFeatureLayer } from '../inception-layers.js';
import type { ResizeMode } from '../inception-resize.js';
import { randomFeatures } from '../random-features.js';
import { valueFeatures } from '../value-features.js';
import { loadInception } from './inception-file.js';

/** Options of {@link loadExtractor}. */
export interface LoadExtractorOptions {
  readonly name: 'inception' | 'fashion' | 'random' | 'values';
  readonly mode: ResizeMode;
  readonly layer: InceptionFeatureLayer;
  readonly weights?: string | undefined;
  readonly batchSize?: number | undefined;
  readonly backend?: BackendName | undefined;
}
const OPTIONS = {
  name: true,
  mode: true,
  layer: true,
  weights: true,
  batchSize: true,
  backend: true,
} satisfies OptionKeys<LoadExtractorOptions>;

/** The command's extractor, with a backend set for it to run on. */
export async function loadExtractor(options: LoadExtractorOptions): Promise<FeatureExtractor> {
  checkOptions('loadExtractor', options, OPTIONS);
  const { name, mode, layer, weights, batchSize, backend } = options;
  if (name === 'values') return valueFeatures();
  const batches = batchSize === undefined ? {} : { batchSize };
  const extractor = await {
    fashion: () => fashionFeatures(batches),
    inception: () => loadInception(weights, { mode, layer, ...batches }),
    random: () => randomFeatures(batches),
  }[name]();
  await setBackend(backend);
  return extractor;
}

/** @param optional - whether it is no error that there is none, if none was asked for */
export async function setBackend(backend: BackendName | undefined, optional = false): Promise<void> {
  await selectBackend(backend === undefined ? {} : { backend }).catch((error: unknown) => {
    if (!optional || backend !== undefined) throw error;
  });
}
