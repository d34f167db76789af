import { dirname } from 'node:path';
import { type Dataset, fashionMnist, fashionMnist10k, resize } from '@immiscible/datasets';
import {
  CELEBA_CROPS,
  celebA,
  cifar10,
  imageTar,
  loadImages,
  openImages,
  tinyImageNet,
} from '@immiscible/datasets/node';
import { z } from 'zod';
import { type ImageData, pictureData } from './image-data.js';
import type { Checked } from '../config/checked.js';
import { latentData, latentsSchema } from './latents.js';
import { UsageError } from '@immiscible/command-line';

const common = {
  resolution: z
    .int()
    .min(1)
    .exactOptional()
    .describe("Pixels a side; smaller than the data set's own by area averages. Default: its own"),
  flip: z.boolean().exactOptional().describe('Mirror images at random, where the data set allows it'),
};
const path = z.string().min(1);
/** Archives as `npx @immiscible/datasets fetch` gets them; held in memory, as bytes. */
const archive = path.describe('The archive, of which the training part is taken');

const pictureSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fashion-mnist-10k'), ...common }),
  z.strictObject({
    kind: z.literal('fashion-mnist-60k'),
    ...common,
    directory: z.string().describe('Where the files are'),
  }),
  z.strictObject({ kind: z.literal('cifar10'), ...common, path: archive }),
  z.strictObject({ kind: z.literal('celeba'), ...common, path: archive }),
  z.strictObject({ kind: z.literal('tiny-imagenet'), ...common, path: archive }),
  z
    .strictObject({
      kind: z.literal('pictures'),
      ...common,
      path,
      within: z.string().exactOptional().describe('Only those of an archive whose path in it begins so'),
      channels: z.union([z.literal(1), z.literal(3)]).exactOptional(),
    })
    .describe('A folder or an archive of pictures: the largest square in the middle of each'),
]);

export const datasetSchema = z.discriminatedUnion('kind', [...pictureSchema.options, latentsSchema]);

type PictureConfig = Checked<typeof pictureSchema>;

/** Real images. */
export type DatasetConfig = Checked<typeof datasetSchema>;

/** @throws UsageError if the files can't be read, with how to get them */
export async function loadDataset(config: DatasetConfig): Promise<ImageData> {
  if (config.kind === 'latents') return latentData(config);
  const full = await load(config);
  const { resolution } = config;
  const whole = resolution === undefined || resolution === full.images.shape[1];
  return pictureData(whole ? full : resize(full, resolution));
}

async function load(config: PictureConfig): Promise<Dataset> {
  switch (config.kind) {
    case 'fashion-mnist-10k':
      return fashionMnist10k();
    case 'fashion-mnist-60k':
      return orUsage(
        { field: 'directory', what: 'Fashion-MNIST', given: config.directory },
        `To get it: npx @immiscible/datasets fetch fashion-mnist --to ${config.directory}`,
        () => fashionMnist({ directory: config.directory }),
      );
    case 'pictures':
      return orUsage(
        { field: 'path', what: 'pictures', given: config.path },
        'Give a folder or an archive of pictures as dataset.path.',
        () => pictures(config),
      );
    default:
      return orUsage(
        { field: 'path', what: config.kind, given: config.path },
        `To get it: npx @immiscible/datasets fetch ${config.kind} --to ${dirname(config.path)}, and unpack what is a .zip; then give ` +
          'its place as dataset.path in a config of your own (--config FILE.json).',
        () => published(config.kind, config.path, config.resolution),
      );
  }
}

/** @throws UsageError in place of any other: what a config names, and what is to be done about it */
async function orUsage<T>(
  { field, what, given }: Record<'field' | 'what' | 'given', string>,
  fix: string,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new UsageError(
      `dataset.${field} must hold ${what}, got ${given}: ${(cause as Error).message}\n${fix}`,
      {
        cause,
      },
    );
  }
}

async function published(
  kind: 'cifar10' | 'celeba' | 'tiny-imagenet',
  from: string,
  resolution: number | undefined,
): Promise<Dataset> {
  const size = resolution === undefined ? {} : { size: resolution };
  switch (kind) {
    case 'cifar10':
      return cifar10({ path: from });
    case 'celeba':
      return loadImages(await celebA({ path: from }), { crop: CELEBA_CROPS.ddim, ...size });
    case 'tiny-imagenet':
      return loadImages(await tinyImageNet({ path: from }), { convert: true, ...size });
  }
}

async function pictures({
  path: from,
  within,
  channels = 3,
  resolution,
}: Extract<PictureConfig, { kind: 'pictures' }>): Promise<Dataset> {
  const files = within === undefined ? await openImages(from) : await imageTar(from, { within });
  return loadImages(files, {
    channels,
    convert: true,
    ...(resolution !== undefined && { size: resolution, crop: 'center' }),
  });
}
