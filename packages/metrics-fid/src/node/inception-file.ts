import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '@immiscible/core/node';
import { decodeSafetensors } from '@immiscible/formats';
import { download } from '@immiscible/datasets/node';
import { type InceptionExtractor, inceptionFeatures } from '../inception-features.js';
import type { InceptionFeaturesOptions } from '../inception-options.js';
import { INCEPTION_SHA256 } from '../inception-sha256.js';
import type { CheckpointTensors } from '../inception-weights.js';
import { tensorsDigest } from './tensors-digest.js';
import { readTorchCheckpoint } from './torch-checkpoint.js';

const NAME = 'pt_inception-2015-12-05-6726825d.pth';
const URL_ = `https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/${NAME}`;

/** Where {@link fetchInception} puts the weights: in the cache folder of all packages, `cacheFolder()` of `@immiscible/core/node`. */
export function inceptionPath(): string {
  return join(cacheFolder(), NAME);
}

/** There is no file of weights yet: something else than a wrong one. */
export class WeightsMissing extends Error {}

/**
 * The extractor of FID from a file of weights: the published `.pth`, or a `.safetensors` with the same names. What a file
 * says of itself counts for nothing: the `.pth` is the published one by the SHA-256 of its bytes, and a `.safetensors` is
 * of the published weights if its tensors are those of the published `.pth`, bit for bit, which must lie where
 * {@link fetchInception} puts it. Others are called by a hash of their tensors.
 *
 * @param path - @defaultValue {@link inceptionPath}
 * @param options - resizing, layer and batch size
 * @throws Error if the file isn't there, saying where to get it
 * @throws RangeError if it is damaged, or holds other weights
 */
export async function loadInception(
  path: string = inceptionPath(),
  options: InceptionFeaturesOptions = {},
): Promise<InceptionExtractor> {
  if (!existsSync(path)) {
    throw new WeightsMissing(
      `loadInception: the weights of the 2015 Inception network must be in ${path}, got no file; run ` +
        `npx @immiscible/metrics-fid fetch-inception, or put ${URL_} there (SHA-256 ${INCEPTION_SHA256})`,
    );
  }
  if (!path.endsWith('.safetensors')) {
    const { tensors, sha256 } = await readTorchCheckpoint(path);
    return inceptionFeatures(tensors, sha256, options);
  }
  const { tensors } = decodeSafetensors(await readFile(path));
  const floats = new Map(
    Object.entries(tensors).filter(([, { data }]) => data instanceof Float32Array),
  ) as unknown as CheckpointTensors;
  const names = [...floats.keys()];
  const digest = tensorsDigest(floats, names);
  const published = await publishedWeights();
  const same = published !== undefined && tensorsDigest(published, names) === digest;
  return inceptionFeatures(floats, same ? INCEPTION_SHA256 : digest, options);
}

/** The published checkpoint's tensors, where it is in its place and is itself. */
async function publishedWeights(): Promise<CheckpointTensors | undefined> {
  const path = inceptionPath();
  if (!existsSync(path)) return undefined;
  const { tensors, sha256 } = await readTorchCheckpoint(path);
  return sha256 === INCEPTION_SHA256 ? tensors : undefined;
}

/**
 * Downloads the published weights (96 MB, Apache-2.0) and checks their SHA-256; nothing if they are there already. A
 * download that broke off goes on from where it did.
 *
 * @param path - @defaultValue {@link inceptionPath}
 * @param url - from where; the hash is the same for all
 * @param onProgress - told how many bytes are there
 * @returns where they are
 * @throws RangeError if what is there, or what comes, has another size or hash (then nothing of it is kept)
 * @throws Error if the download fails
 */
export async function fetchInception(
  path: string = inceptionPath(),
  url: string = URL_,
  onProgress?: (done: number, total: number | undefined) => void,
): Promise<string> {
  const file = { url, bytes: 95_628_359, sha256: INCEPTION_SHA256 };
  await download(file, path, { fn: 'fid', ...(onProgress && { onProgress }) }).catch((cause: unknown) => {
    if (cause instanceof RangeError) throw cause;
    throw new Error(
      `${(cause as Error).message}\nWithout a network here, put ${URL_} in ${path} by hand (SHA-256 ${INCEPTION_SHA256})`,
      { cause },
    );
  });
  return path;
}
