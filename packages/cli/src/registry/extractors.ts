import {
  fashionFeatures,
  type FeatureExtractor,
  randomFeatures,
  valueFeatures,
} from '@immiscible/metrics-fid';
import { loadInception } from '@immiscible/metrics-fid/node';
import { UsageError } from '@immiscible/command-line';

type Extractor = (
  imageShape: readonly [height: number, width: number, channels: number],
) => Promise<FeatureExtractor>;

const WITHOUT_NETWORK = 'evaluation.extractor "values", coarse averages of the pictures themselves';

/** What a distance can be taken with. A new one is a line here. */
export const extractors = {
  /** A small classifier of Fashion-MNIST, in the package: for pictures of one channel, 28×28 at most. */
  fashion: async ([height, width, channels]) => {
    if (channels === 1 && Math.max(height, width) <= 28) return fashionFeatures();
    throw new UsageError(
      `evaluation.extractor can't be fashion, which is for pictures of one channel up to 28×28, got ${height}×${width}×${channels}; ` +
        `take ${WITHOUT_NETWORK}, or inception, whose weights are a download of 96 MB: npx @immiscible/metrics-fid fetch-inception`,
    );
  },
  /** The network of FID; its weights come by `npx @immiscible/metrics-fid fetch-inception`. */
  inception: async () => {
    try {
      return await loadInception();
    } catch (cause) {
      throw new UsageError(
        `evaluation.extractor can't be inception: ${(cause as Error).message}\nWithout a download: ${WITHOUT_NETWORK}`,
        { cause },
      );
    }
  },
  /** A network that was never trained: a second opinion, on pictures from 8×8 on, of any channels. */
  random: async ([, , channels]) => randomFeatures({ channels }),
  /** No network: coarse averages of the values, for latents and any pictures. */
  values: async (imageShape) => valueFeatures(imageShape),
} satisfies Record<string, Extractor>;

export type ExtractorName = keyof typeof extractors;

export const extractorNames = Object.keys(extractors) as ExtractorName[];
