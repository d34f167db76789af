import { checkBytes, checkOptions, type OptionKeys } from '@immiscible/core';
import { basename } from 'node:path';
import type { ImageFiles } from './image-files.js';
import { openParquet, type ParquetFile, type ParquetTable } from './parquet-file.js';
import { classNamesOf, readLabels } from './parquet-labels.js';

/** @see {@link imageParquet} */
export interface ImageParquetOptions {
  /**
   * The column with pictures: structs `{ bytes, path }`, or bytes.
   * @defaultValue the first of `image`, `img`, `pixel_values`, `jpg`, `png` that is there
   */
  readonly image?: string;
  /**
   * The column with class indices; `false` for none.
   * @defaultValue the first of `label`, `labels`, `fine_label`, `cls` that is there
   */
  readonly label?: string | false;
  /**
   * Take rows without a label (null) as images of no class, label −1, instead of refusing them.
   * @defaultValue false
   */
  readonly unlabeled?: boolean;
  /** @defaultValue the first file's name */
  readonly name?: string;
}

const KEYS = {
  image: true,
  label: true,
  unlabeled: true,
  name: true,
} satisfies OptionKeys<ImageParquetOptions>;

/**
 * Pictures in parquet files, as Hugging Face's data sets have them. One row group is in memory at a time. Class names
 * come from the `huggingface` metadata, if it is there. Labels are integers; −1, which test splits have in place of labels that are held back, is no class.
 *
 * @param paths - one file, or the shards in order
 * @param options - which columns to read
 * @throws RangeError if a file is damaged, a column is missing, a label is none, or a row holds no picture
 */
export async function imageParquet(
  paths: string | readonly string[],
  options: ImageParquetOptions = {},
): Promise<ImageFiles> {
  const fn = 'imageParquet';
  checkOptions(fn, options, KEYS);
  const list = typeof paths === 'string' ? [paths] : paths;
  const table = await openParquet(fn, list);
  try {
    const { files, rows } = table;
    const first = files[0] as ParquetFile;
    const { image, label } = columnsOf(fn, table, options);
    checkBytes(fn, `the rows of ${list.join(', ')}`, rows * 64);
    const classNames = label === undefined ? undefined : classNamesOf(first.metadata, label);
    const labels =
      label === undefined
        ? undefined
        : await readLabels(fn, table, label, options.unlabeled ?? false, classNames?.length);
    return {
      name: options.name ?? basename(first.path).replace(/\.parquet$/, ''),
      paths: Array.from(
        { length: rows },
        (_, i) => `${list.length === 1 ? first.path : 'parquet'}: row ${i}`,
      ),
      onDisk: false,
      allowsFlip: true,
      ...(labels && { labels }),
      ...(classNames && { classNames }),
      close: table.close,
      read: pictureReader(fn, table, image),
    };
  } catch (error) {
    await table.close();
    throw error;
  }
}

/** The columns with pictures and with labels. */
function columnsOf(
  fn: string,
  { files, columns }: ParquetTable,
  options: ImageParquetOptions,
): { readonly image: string; readonly label: string | undefined } {
  const pick = (wanted: string | undefined, usual: readonly string[]): string | undefined =>
    (wanted === undefined ? usual : [wanted]).find((column) => columns.includes(column));
  const image = pick(options.image, ['image', 'img', 'pixel_values', 'jpg', 'png']);
  const label =
    options.label === false ? undefined : pick(options.label, ['label', 'labels', 'fine_label', 'cls']);
  if (image === undefined || (typeof options.label === 'string' && label === undefined)) {
    const missing = image === undefined ? (options.image ?? 'image') : String(options.label);
    throw new RangeError(
      `${fn}: ${files[0]?.path} must have the column ${missing}, got ${columns.join(', ')}`,
    );
  }
  return { image, label };
}

/** Reads pictures by their row; the row group that the last one was in is kept. */
function pictureReader(
  fn: string,
  table: ParquetTable,
  column: string,
): (row: number) => Promise<Uint8Array> {
  let group: { start: number; values: Promise<unknown[]> } | undefined;
  return async (row) => {
    const file = table.files.find(({ groups }) => row < (groups.at(-1) as number)) as ParquetFile;
    const next = file.groups.findIndex((start) => row < start);
    const start = file.groups[next - 1] as number;
    if (group?.start !== start)
      group = { start, values: table.read(file, column, start, file.groups[next] as number) };
    const value = (await group.values)[row - start];
    const bytes =
      value instanceof Uint8Array ? value : (value as { bytes?: unknown } | null | undefined)?.bytes;
    if (bytes instanceof Uint8Array) return bytes;
    throw new RangeError(
      `${fn}: row ${row} of ${file.path} must hold the bytes of a picture in ${column}, got none`,
    );
  };
}
