import { checkBytes } from '@immiscible/core';
import * as zlib from 'node:zlib';

type Decompress = (input: Uint8Array, outputLength: number) => Uint8Array;

/**
 * What parquet's pages may be packed by, besides snappy, which hyparquet has itself. By Node where it can (zstd from
 * 22.15 on), else by hyparquet-compressors. No page is unpacked to more than it says.
 */
export async function parquetCompressors(path: string): Promise<Record<string, Decompress>> {
  const others = await import('hyparquet-compressors');
  const bounded =
    (unpack: Decompress): Decompress =>
    (input, outputLength) => {
      checkBytes('imageParquet', `a page of ${path}`, outputLength);
      // The dictionary of a column of nulls, of which not all unpackers know what to make.
      if (outputLength === 0) return new Uint8Array(0);
      return unpack(input, outputLength);
    };
  const byNode = (unpack: (input: Uint8Array, options: { maxOutputLength: number }) => Buffer): Decompress =>
    bounded((input, outputLength) => {
      const buffer = unpack(input, { maxOutputLength: outputLength });
      return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
    });
  const { zstdDecompressSync } = zlib as unknown as {
    zstdDecompressSync?: (input: Uint8Array, options: { maxOutputLength: number }) => Buffer;
  };
  return {
    GZIP: byNode(zlib.gunzipSync),
    BROTLI: byNode(zlib.brotliDecompressSync),
    ZSTD: zstdDecompressSync
      ? byNode(zstdDecompressSync)
      : bounded((input, outputLength) => others.decompressZstd(input, new Uint8Array(outputLength))),
    LZ4: bounded(others.decompressLz4),
    LZ4_RAW: bounded(others.decompressLz4Raw),
  };
}
