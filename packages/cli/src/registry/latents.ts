import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { channelsLast, latentBatches, type LatentDataset } from '@immiscible/datasets';
import { decodeNpy, openSafetensors, type SafetensorsFile } from '@immiscible/formats';
import { openFile } from '@immiscible/formats/node';
import ndarray, { type NdArray } from 'ndarray';
import { z } from 'zod';
import type { Checked } from '../config/checked.js';
import { UsageError } from '@immiscible/command-line';
import { classesOf, type ImageData } from './image-data.js';

export const latentsSchema = z.strictObject({
  kind: z.literal('latents'),
  path: z.string().min(1).describe('A .safetensors or .npy file of numbers [N,C,H,W]'),
  tensor: z
    .string()
    .min(1)
    .exactOptional()
    .describe(
      'Which tensor of a .safetensors file. Default: latents; classes are labels [N], if there are any',
    ),
  scale: z
    .number()
    .gt(0)
    .exactOptional()
    .describe('Factor on each value, so that their standard deviation is about 1. Default: 1'),
});

/** Latents that an autoencoder has computed before. */
export type LatentsConfig = Checked<typeof latentsSchema>;

/** @throws UsageError if the file can't be read; if there is none, with how to make it */
export async function latentData(config: LatentsConfig): Promise<ImageData> {
  let dataset: LatentDataset;
  try {
    dataset = await read(config);
  } catch (cause) {
    const missing = [cause, (cause as Error).cause].some(
      (error) => (error as NodeJS.ErrnoException)?.code === 'ENOENT',
    );
    throw new UsageError(
      `dataset.path must hold latents, [N,C,H,W] in a .safetensors or .npy file, got ${config.path}: ${(cause as Error).message}` +
        (missing
          ? '\nTo make it: encode pictures with an autoencoder, in Python for example: ' +
            'vae.encode(x).latent_dist.sample() of diffusers, then safetensors.torch.save_file({"latents": z}, path)'
          : ''),
      { cause },
    );
  }
  const { name, latents } = dataset;
  const [count = 0, height = 0, width = 0, channels = 0] = latents.shape;
  const size = height * width * channels;
  return {
    name,
    shape: [count, height, width, channels],
    classes: classesOf(dataset.labels),
    bounded: false,
    scale: config.scale ?? 1,
    // Never mirrored: a mirrored latent is no latent of the mirrored picture.
    batches: ({ batchSize, rng }) => latentBatches(dataset, { batchSize, rng }),
    images: (start, end) =>
      ndarray(latents.data.subarray(start * size, end * size), [end - start, height, width, channels]),
  };
}

async function read({ path, tensor, scale = 1 }: LatentsConfig): Promise<LatentDataset> {
  const npy = path.toLowerCase().endsWith('.npy');
  if (npy && tensor !== undefined) {
    throw new RangeError(`tensor must be left out for a .npy file, which holds one array, got ${tensor}`);
  }
  const named = tensor ?? 'latents';
  const { latents: stored, labels } = npy
    ? { latents: decodeNpy(await readFile(path), { name: path }), labels: undefined }
    : await readTensors(path, named);
  if (stored.shape.length !== 4 || stored.shape.includes(0)) {
    throw new RangeError(
      `${npy ? 'the array' : named} must be of shape [N,C,H,W], got [${stored.shape.join(',')}]`,
    );
  }
  const latents = channelsLast(stored as unknown as NdArray);
  for (let i = 0; i < latents.size; i++) {
    latents.data[i] = scale * (latents.data[i] as number);
    if (!Number.isFinite(latents.data[i])) {
      throw new RangeError(
        `every value must be finite${scale === 1 ? '' : ` times scale ${scale}`}, got ${latents.data[i]} in latent ` +
          Math.floor((i * (latents.shape[0] as number)) / latents.size),
      );
    }
  }
  return { name: basename(path), latents, ...(labels && { labels }) };
}

type Stored = Awaited<ReturnType<SafetensorsFile['read']>>;

async function readTensors(path: string, tensor: string): Promise<{ latents: Stored; labels?: Int32Array }> {
  const file = await openSafetensors(await openFile(path));
  try {
    const latents = await file.read(tensor);
    if (!file.tensors.has('labels')) return { latents };
    const labels = await file.read('labels');
    const numbers = Array.from(labels.data, Number);
    const wrong = numbers.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= 2 ** 31);
    if (wrong >= 0 || labels.shape.length !== 1 || labels.size !== latents.shape[0]) {
      throw new RangeError(
        `labels must be a class for each of the ${latents.shape[0]} latents, integers from 0 on of shape [N], got ` +
          (wrong >= 0 ? `${numbers[wrong]} at ${wrong}` : `shape [${labels.shape.join(',')}]`),
      );
    }
    return { latents, labels: Int32Array.from(numbers) };
  } finally {
    await file.close();
  }
}
