import { ArgumentError, checkOptions, describe, type OptionKeys } from '@immiscible/core';
import { stat } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { byCodeUnits, type ImageFiles, isHidden, isPicture } from './image-files.js';
import { imageFolder } from './image-folder.js';
import { imageTar } from './image-tar.js';
import { imageZip } from './image-zip.js';
import { imageParquet } from './parquet.js';
import { walkFolder } from './walk-folder.js';

/** Options of {@link openImages}. */
export interface OpenImagesOptions {
  /**
   * Of a folder of parquet files: those whose names begin with it, as `train-00000-of-00002.parquet`, or that lie in a
   * folder of that name, as `default/train/0000.parquet`.
   */
  readonly split?: string;
  /** Of parquet: the column with pictures, if it has no usual name. */
  readonly image?: string;
  /** Of parquet: the column with class indices; `false` for none. */
  readonly label?: string | false;
  /** Of parquet: take rows without a label as images of no class instead of refusing them. */
  readonly unlabeled?: boolean;
  /**
   * `false` reads no labels and no classes, whatever is there: for who needs none.
   * @defaultValue true
   */
  readonly labels?: boolean;
}

/** The keys of {@link OpenImagesOptions}. */
export const OPEN_IMAGES_OPTIONS: OptionKeys<OpenImagesOptions> = {
  split: true,
  image: true,
  label: true,
  unlabeled: true,
  labels: true,
};

/**
 * What a parquet file is a part of, by its path in a data set's folder. `data/train-00000-of-00002.parquet` is a part of
 * `train`; so are the hub's own conversions, `default/train/0000.parquet`, with their configuration: `default/train`.
 */
function splitOf(file: string): string {
  const parts = file.split(sep);
  const name = (parts.pop() as string).replace(/\.parquet$/i, '');
  if (/^\d+$/.test(name) && parts.length > 0) return parts.slice(-2).join('/');
  return name.replace(/-\d+-of-\d+$/, '');
}

/** A folder's parquet files in order; none if it holds pictures. */
async function shardsIn(path: string, split: string | undefined): Promise<string[]> {
  const { files } = await walkFolder(path);
  if (files.some(isPicture)) return [];
  const all = files.filter((file) => /\.parquet$/i.test(file) && !isHidden(file));
  const splits = [...new Set(all.map(splitOf))].sort(byCodeUnits);
  // `train` is enough of `default/train`, if there is no other.
  const meant = splits.filter((each) => each === split || each.endsWith(`/${split}`));
  const wanted = split === undefined ? splits : meant;
  if (all.length > 0 && wanted.length !== 1) {
    const constraint = `of ${splits.join(', ')} for the parquet files in ${path}`;
    throw new ArgumentError({ fn: 'openImages', argument: 'split', constraint, got: split ?? 'none' });
  }
  return all.filter((file) => splitOf(file) === wanted[0]).map((file) => join(path, file));
}

/**
 * Pictures wherever they lie: a folder (of pictures, or of parquet files), or an archive by the end of its name (`.zip`, `.tar`, `.tar.gz`, `.tgz`, `.parquet`).
 *
 * @param path - a folder or an archive
 * @param options - which split, columns and labels to read
 * @throws RangeError if there is nothing, or a file of another kind
 */
export async function openImages(path: string, options: OpenImagesOptions = {}): Promise<ImageFiles> {
  checkOptions('openImages', options, OPEN_IMAGES_OPTIONS);
  const found = await stat(path).catch((cause: unknown) => {
    const [constraint, got] = ['a folder or an archive', `${path}, which isn't there`];
    throw new ArgumentError({ fn: 'openImages', argument: 'path', constraint, got }, { cause });
  });
  const { split, labels = true, ...columns } = options;
  const parquet = { ...columns, ...(!labels && { label: false as const }) };
  const classes = labels ? {} : { classes: false };
  if (found.isDirectory()) {
    const shards = await shardsIn(path, split);
    if (shards.length > 0) return imageParquet(shards, { name: basename(resolve(path)), ...parquet });
  }
  if (split !== undefined) {
    const constraint = `left out for ${path}, which is no folder of parquet files`;
    throw new ArgumentError({ fn: 'openImages', argument: 'split', constraint, got: split });
  }
  const ofColumns = (['image', 'label', 'unlabeled'] as const).find(
    (key) => columns[key] !== undefined && (key !== 'unlabeled' || columns[key] === true),
  );
  if (ofColumns !== undefined && !/\.parquet$/i.test(path)) {
    const constraint = `left out for ${path}, which is no parquet file`;
    throw new ArgumentError({
      fn: 'openImages',
      argument: ofColumns,
      constraint,
      got: describe(columns[ofColumns]),
    });
  }
  if (found.isDirectory()) return imageFolder(path, classes);
  if (/\.zip$/i.test(path)) return imageZip(path, classes);
  if (/\.(tar|tar\.gz|tgz)$/i.test(path)) return imageTar(path, classes);
  if (/\.parquet$/i.test(path)) return imageParquet(path, parquet);
  throw new ArgumentError({
    fn: 'openImages',
    argument: 'path',
    constraint: 'a folder, a .zip, .tar, .tar.gz or .parquet',
    got: path,
    fix: 'unpack it into a folder',
  });
}
