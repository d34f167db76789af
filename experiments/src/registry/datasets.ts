import { type Dataset, fashionMnist, fashionMnist10k, resize } from '@immiscible/datasets';
import { z } from 'zod';

/** Real images. */
export interface DatasetConfig {
  /** `fashion-mnist-10k` comes with the code; `fashion-mnist-60k` is read from `directory`. */
  readonly kind: 'fashion-mnist-10k' | 'fashion-mnist-60k';
  /** Pixels a side; smaller than the data set's own by area averages. Default: its own. */
  readonly resolution?: number;
  /** Mirror images at random, where the data set allows it. */
  readonly flip?: boolean;
  /** Where the files of `fashion-mnist-60k` are. */
  readonly directory?: string;
}

const common = { resolution: z.int().min(1).exactOptional(), flip: z.boolean().exactOptional() };

export const datasetSchema: z.ZodType<DatasetConfig> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fashion-mnist-10k'), ...common }),
  z.strictObject({ kind: z.literal('fashion-mnist-60k'), ...common, directory: z.string() }),
]);

export async function loadDataset({ kind, resolution, directory = '.' }: DatasetConfig): Promise<Dataset> {
  const full = kind === 'fashion-mnist-10k' ? await fashionMnist10k() : await fashionMnist({ directory });
  return resolution === undefined || resolution === full.images.shape[1] ? full : resize(full, resolution);
}
