import {
  ArgumentError,
  checkBytes,
  checkLabels,
  checkOptions,
  describe,
  NO_CLASS,
  type OptionKeys,
  type Wording,
} from '@immiscible/core';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ImageFiles } from './image-files.js';
import { parquetCompressors } from './parquet-compressors.js';

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

type Parquet = typeof import('hyparquet');
type Metadata = Awaited<ReturnType<Parquet['parquetMetadataAsync']>>;

interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly buffer: { byteLength: number; slice(start: number, end?: number): Promise<ArrayBuffer> };
  readonly metadata: Metadata;
  /** First row of each row group, and the end, counted over all files. */
  readonly groups: readonly number[];
}

/**
 * Pictures in parquet files, as Hugging Face's data sets have them. One row group is in memory at a time. Class names
 * come from the `huggingface` metadata, if it is there. Labels are integers; −1, which test splits have in place of labels that are held back, is no class.
 *
 * @param paths - one file, or the shards in order
 * @throws RangeError if a file is damaged, a column is missing, a label is none, or a row holds no picture
 */
export async function imageParquet(
  paths: string | readonly string[],
  options: ImageParquetOptions = {},
): Promise<ImageFiles> {
  const fn = 'imageParquet';
  checkOptions(fn, options, KEYS);
  const list = typeof paths === 'string' ? [paths] : paths;
  const hyparquet = await import('hyparquet');
  const compressors = await parquetCompressors(list[0] ?? '');
  const files: OpenFile[] = [];
  const close = async (): Promise<void> =>
    void (await Promise.all(files.map(({ handle }) => handle.close())));
  const guarded = async <T>(path: string, body: () => Promise<T>): Promise<T> =>
    body().catch((error: unknown) => {
      if (error instanceof RangeError && error.message.startsWith(fn)) throw error;
      throw new RangeError(
        `${fn}: ${path} must be a whole parquet file, got damage (${String((error as Error).message).slice(0, 160)})`,
        { cause: error },
      );
    });
  try {
    let rows = 0;
    for (const path of list) {
      const handle = await open(path, 'r');
      const file = await guarded(path, async () => openFile(path, handle, hyparquet, rows)).catch(
        async (error: unknown) => {
          await handle.close();
          throw error;
        },
      );
      files.push(file);
      rows = file.groups.at(-1) as number;
    }
    const [first] = files;
    if (first === undefined || rows === 0)
      throw new RangeError(`${fn}: ${list.join(', ')} must hold rows, got none`);
    const columns = hyparquet.parquetSchema(first.metadata).children.map(({ element }) => element.name);
    const pick = (wanted: string | undefined, usual: readonly string[]): string | undefined =>
      wanted === undefined
        ? usual.find((column) => columns.includes(column))
        : columns.includes(wanted)
          ? wanted
          : undefined;
    const image = pick(options.image, ['image', 'img', 'pixel_values', 'jpg', 'png']);
    const label =
      options.label === false ? undefined : pick(options.label, ['label', 'labels', 'fine_label', 'cls']);
    if (image === undefined || (typeof options.label === 'string' && label === undefined)) {
      throw new RangeError(
        `${fn}: ${first.path} must have the column ${image === undefined ? (options.image ?? 'image') : String(options.label)}, got ${columns.join(', ')}`,
      );
    }
    const read = (
      file: OpenFile,
      column: string,
      start: number,
      end: number,
    ): Promise<Record<string, unknown>[]> =>
      guarded(file.path, () =>
        hyparquet.parquetReadObjects({
          file: file.buffer,
          metadata: file.metadata,
          columns: [column],
          rowStart: start - (file.groups[0] as number),
          rowEnd: end - (file.groups[0] as number),
          compressors,
          utf8: false,
        }),
      );
    checkBytes(fn, `the rows of ${list.join(', ')}`, rows * 64);
    const labels = label === undefined ? undefined : new Int32Array(rows);
    if (labels && label !== undefined) {
      for (const file of files) {
        const start = file.groups[0] as number;
        (await read(file, label, start, file.groups.at(-1) as number)).forEach((row, i) => {
          labels[start + i] = labelOf(row[label], options.unlabeled ?? false, (found, fix) => {
            throw new ArgumentError({
              fn,
              argument: file.path,
              verb: 'have',
              constraint: `class indices in ${label}`,
              got: `${found} in row ${i}`,
              fix,
            });
          });
        });
      }
    }
    const classNames = label === undefined ? undefined : classNamesOf(first.metadata, label);
    if (labels) checkLabels(`${fn}: ${list.join(', ')}`, labels, rows, classNames?.length);
    let group: { start: number; rows: Promise<Record<string, unknown>[]> } | undefined;
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
      close,
      async read(index) {
        const file = files.find(({ groups }) => index < (groups.at(-1) as number)) as OpenFile;
        const next = file.groups.findIndex((start) => index < start);
        const start = file.groups[next - 1] as number;
        if (group?.start !== start)
          group = { start, rows: read(file, image, start, file.groups[next] as number) };
        const value = (await group.rows)[index - start]?.[image];
        const bytes =
          value instanceof Uint8Array ? value : (value as { bytes?: unknown } | null | undefined)?.bytes;
        if (!(bytes instanceof Uint8Array)) {
          throw new RangeError(
            `${fn}: row ${index} of ${file.path} must hold the bytes of a picture in ${image}, got none`,
          );
        }
        return bytes;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** An integer as it is; nothing, if that is asked for, as no class. Text and lists hold no number to be guessed. */
function labelOf(value: unknown, unlabeled: boolean, fail: (found: string, fix: Wording) => never): number {
  if (value === null || value === undefined) {
    return unlabeled
      ? NO_CLASS
      : fail('no label', [
          ...['say ', { option: 'unlabeled', value: true }, ' to take it as an image of no class, or '],
          { option: 'label', value: false },
        ]);
  }
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number)) return number;
  const found =
    Array.isArray(value) || ArrayBuffer.isView(value)
      ? `a list of ${(value as unknown[]).length}`
      : describe(value);
  const [column, none] = [{ option: 'label' }, { option: 'label', value: false }];
  return fail(found, ['name another column as ', column, ', or say ', none]);
}

async function openFile(
  path: string,
  handle: FileHandle,
  hyparquet: Parquet,
  firstRow: number,
): Promise<OpenFile> {
  const { size } = await handle.stat();
  const buffer = {
    byteLength: size,
    async slice(start: number, end: number = size): Promise<ArrayBuffer> {
      if (!(start >= 0 && start <= end && end <= size))
        throw new RangeError(`bytes ${start} to ${end} of ${size}`);
      checkBytes('imageParquet', `a part of ${path}`, end - start);
      const bytes = new Uint8Array(end - start);
      for (let done = 0; done < bytes.length;) {
        // No system reads more than 2 GiB at once.
        const length = Math.min(2 ** 30, bytes.length - done);
        const { bytesRead } = await handle.read(bytes, done, length, start + done);
        if (bytesRead === 0) throw new RangeError(`an end at byte ${start + done} of ${size}`);
        done += bytesRead;
      }
      return bytes.buffer;
    },
  };
  const metadata = await hyparquet.parquetMetadataAsync(buffer);
  const groups = [firstRow];
  for (const { num_rows: rows } of metadata.row_groups) {
    const count = Number(rows);
    if (!(Number.isSafeInteger(count) && count >= 0 && count < 2 ** 31))
      throw new RangeError(`${rows} rows in a group`);
    groups.push((groups.at(-1) as number) + count);
  }
  return { path, handle, buffer, metadata, groups };
}

function classNamesOf(metadata: Metadata, label: string): readonly string[] | undefined {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  try {
    const names = JSON.parse(text ?? '{}')?.info?.features?.[label]?.names;
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : undefined;
  } catch {
    return undefined;
  }
}
