import { fashionFeatures, type FeatureExtractor } from '@immiscible/metrics-fid';
import { loadInception } from '@immiscible/metrics-fid/node';

/** The feature networks that a distance can be taken with. A new one is a line here. */
export const extractors: {
  readonly fashion: () => Promise<FeatureExtractor>;
  /** That of FID; its weights come by `npx fid fetch-inception`. */
  readonly inception: () => Promise<FeatureExtractor>;
} = {
  fashion: async () => fashionFeatures(),
  inception: async () => loadInception(),
};

export type ExtractorName = keyof typeof extractors;

export const extractorNames: readonly ExtractorName[] = Object.keys(extractors) as ExtractorName[];
