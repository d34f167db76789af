import { fashionFeatures, type FeatureExtractor, valueFeatures } from '@immiscible/metrics-fid';
import { loadInception } from '@immiscible/metrics-fid/node';
import { UsageError } from '../usage-error.js';

type Extractor = (
  imageShape: readonly [height: number, width: number, channels: number],
) => Promise<FeatureExtractor>;

/** What a distance can be taken with. A new one is a line here. */
export const extractors: {
  readonly fashion: Extractor;
  /** The network of FID; its weights come by `npx @immiscible/metrics-fid fetch-inception`. */
  readonly inception: Extractor;
  /** No network: coarse averages of the values, for latents. */
  readonly values: Extractor;
} = {
  fashion: async () => fashionFeatures(),
  inception: async () => {
    try {
      return await loadInception();
    } catch (cause) {
      throw new UsageError(`evaluation.extractor can't be inception: ${(cause as Error).message}`, { cause });
    }
  },
  values: async (imageShape) => valueFeatures(imageShape),
};

export type ExtractorName = keyof typeof extractors;

export const extractorNames: readonly ExtractorName[] = Object.keys(extractors) as ExtractorName[];
