import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Dataset } from '../dataset.js';
import { cifar10, cifar100 } from './cifar.js';
import type { ImageFiles } from './image-files.js';
import { imageFolder, imageTar } from './image-folder.js';
import { imageZip } from './image-zip.js';
import { openPacked } from './packed.js';
import { imageParquet } from './parquet.js';

/**
 * Pictures wherever they lie: a folder, or an archive by the end of its name (`.zip`, `.tar`, `.tar.gz`, `.tgz`, `.parquet`).
 *
 * @throws RangeError if there is nothing, or a file of another kind
 */
export async function openImages(path: string): Promise<ImageFiles> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new RangeError(`openImages: path must be a folder or an archive, got ${path}, which isn't there`, {
      cause,
    });
  });
  if (found.isDirectory()) return imageFolder(path);
  if (/\.zip$/i.test(path)) return imageZip(path);
  if (/\.(tar|tar\.gz|tgz)$/i.test(path)) return imageTar(path);
  if (/\.parquet$/i.test(path)) return imageParquet(path);
  throw new RangeError(
    `openImages: path must be a folder, a .zip, .tar, .tar.gz or .parquet, got ${path}; unpack it into a folder`,
  );
}

/**
 * CIFAR's own archives, by their names; for what else there is, see {@link openImages}.
 *
 * @throws RangeError if the archive is damaged
 */
export async function openCifar(path: string, split: 'train' | 'test'): Promise<Dataset | undefined> {
  const classes = /^cifar-(10|100)-(python|binary)\.tar\.gz$/.exec(basename(path))?.[1];
  if (classes === undefined) return undefined;
  return classes === '10' ? cifar10({ path, split }) : cifar100({ path, split });
}

/** What is at a path. */
export interface Found {
  readonly kind: 'packed file' | 'pictures';
  readonly name: string;
  readonly count: number;
  /** `[H,W,C]`, of a packed file. */
  readonly shape?: readonly number[];
  /** Images of each class, where there are labels. */
  readonly classes: readonly { readonly name: string; readonly count: number }[];
  readonly sha256?: string;
}

/**
 * Looks at a packed file, a folder or an archive, without decoding anything.
 *
 * @param verify - whether to read all of a packed file and compare its checksum
 * @throws RangeError if it is none of these, or damaged
 */
export async function describePath(path: string, verify = false): Promise<Found> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile && !/\.(zip|tar|tar\.gz|tgz|parquet)$/i.test(path)) {
    const packed = await openPacked(path);
    try {
      if (verify) await packed.verify();
      const { name, count, imageShape, sha256 } = packed;
      return { kind: 'packed file', name, count, shape: [...imageShape], classes: classesIn(packed), sha256 };
    } finally {
      packed.close();
    }
  }
  const files = await openImages(path);
  try {
    return { kind: 'pictures', name: files.name, count: files.paths.length, classes: classesIn(files) };
  } finally {
    await files.close();
  }
}

function classesIn({
  labels,
  classNames,
}: {
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
}): Found['classes'] {
  if (labels === undefined) return [];
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([label, count]) => ({ name: classNames?.[label] ?? String(label), count }));
}
