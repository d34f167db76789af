import { ArgumentError, checkBytes } from '@immiscible/core';
import { type FileHandle, open } from 'node:fs/promises';
import { parquetCompressors } from './parquet-compressors.js';

type Hyparquet = typeof import('hyparquet');
/** What the end of a file says of it. */
export type ParquetMetadata = Awaited<ReturnType<Hyparquet['parquetMetadataAsync']>>;

/** One file of a data set, open. */
export interface ParquetFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly buffer: { byteLength: number; slice(start: number, end?: number): Promise<ArrayBuffer> };
  readonly metadata: ParquetMetadata;
  /** First row of each row group, and the end, counted over all files. */
  readonly groups: readonly number[];
}

/** Parquet files as one table. */
export interface ParquetTable {
  readonly files: readonly ParquetFile[];
  /** Rows of all files. */
  readonly rows: number;
  /** Names of the columns. */
  readonly columns: readonly string[];
  /** One column's values, from row `start` to before `end`, counted over all files; all of one file. */
  read(file: ParquetFile, column: string, start: number, end: number): Promise<unknown[]>;
  close(): Promise<void>;
}

/**
 * Opens files whose rows follow each other.
 *
 * @param fn - the function that asks, for messages
 * @throws RangeError if a file is damaged, or there are no rows
 */
export async function openParquet(fn: string, paths: readonly string[]): Promise<ParquetTable> {
  const hyparquet = await import('hyparquet');
  const compressors = await parquetCompressors(paths[0] ?? '');
  const files: ParquetFile[] = [];
  const close = async (): Promise<void> =>
    void (await Promise.all(files.map(({ handle }) => handle.close())));
  try {
    let rows = 0;
    for (const path of paths) {
      const file = await openFile(fn, path, hyparquet, rows);
      files.push(file);
      rows = file.groups.at(-1) as number;
    }
    const [first] = files;
    if (first === undefined || rows === 0)
      throw new RangeError(`${fn}: ${paths.join(', ')} must hold rows, got none`);
    return {
      files,
      rows,
      columns: hyparquet.parquetSchema(first.metadata).children.map(({ element }) => element.name),
      close,
      read: async (file, column, start, end) => {
        const found = await orDamaged(fn, file.path, () =>
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
        return found.map((row) => row[column]);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What reading gives. What is refused here (too much memory) says what is wrong; all else that is thrown is damage. */
async function orDamaged<T>(fn: string, path: string, body: () => Promise<T>): Promise<T> {
  return body().catch((error: unknown) => {
    if (error instanceof ArgumentError) throw error;
    throw new RangeError(
      `${fn}: ${path} must be a whole parquet file, got damage (${String((error as Error).message).slice(0, 160)})`,
      { cause: error },
    );
  });
}

async function openFile(
  fn: string,
  path: string,
  hyparquet: Hyparquet,
  firstRow: number,
): Promise<ParquetFile> {
  const handle = await open(path, 'r');
  try {
    return await orDamaged(fn, path, () => readEnd(path, handle, hyparquet, firstRow));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The table of contents, which is at a file's end. */
async function readEnd(
  path: string,
  handle: FileHandle,
  hyparquet: Hyparquet,
  firstRow: number,
): Promise<ParquetFile> {
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
