import { fashionFeatures, type FeatureExtractor } from '@immiscible/metrics-fid';

/** The feature networks that a distance can be taken with. A new one is a line here. */
export const extractors: { readonly fashion: () => FeatureExtractor } = { fashion: fashionFeatures };

export type ExtractorName = keyof typeof extractors;

export const extractorNames: readonly ExtractorName[] = Object.keys(extractors) as ExtractorName[];
