import type { FlagValues } from '@immiscible/command-line';
import type { OpenImagesOptions } from '../node/open-images.js';

/** What of pictures is asked for; of `pack` and `info`. */
export const pictureFlags = {
  split: {
    kind: 'text',
    hint: 'NAME',
    about: "of CIFAR's archives: train or test (train); of a folder of parquet files: how their names begin",
  },
  'image-column': {
    kind: 'text',
    hint: 'NAME',
    sets: 'image',
    about: "parquet's column with pictures, if it has no usual name",
  },
  'label-column': {
    kind: 'text',
    hint: 'NAME',
    sets: 'label',
    about: "parquet's column with class indices, likewise; none for no labels",
  },
  unlabeled: { kind: 'boolean', about: "take parquet's rows without a label as images of no class" },
  'skip-damaged': {
    kind: 'boolean',
    about: 'leave out damaged pictures and name them at the end, instead of failing',
  },
  workers: {
    kind: 'integer',
    least: 0,
    about: "threads that decode; 0 for the command's own (one less than processors, 1 to 8)",
  },
} as const;

/** The same as options of `openImages`. */
export function openOptions(flags: FlagValues<typeof pictureFlags>): OpenImagesOptions {
  const { split, 'image-column': image, 'label-column': label, unlabeled } = flags;
  return {
    ...(split !== undefined && { split }),
    ...(image !== undefined && { image }),
    ...(label !== undefined && { label: label === 'none' ? false : label }),
    ...(unlabeled && { unlabeled }),
  };
}
