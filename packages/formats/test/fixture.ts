import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ByteSource, bytesSource, openNpz } from '../src/index.js';
import { openFile } from '../src/node/index.js';

/** Path of a file that fixtures/make.py wrote. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

/** Its bytes. */
export function fixtureBytes(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(fixture(name)));
}

/** The file as a source. */
export function fixtureSource(name: string): Promise<ByteSource> {
  return openFile(fixture(name));
}

/** All arrays of an `.npz` that NumPy wrote, as plain numbers. */
export async function fixtureArrays(name: string): Promise<Record<string, ArrayLike<number>>> {
  const npz = await openNpz(await fixtureSource(name));
  const arrays: Record<string, ArrayLike<number>> = {};
  for (const key of npz.names) arrays[key] = (await npz.read(key)).data as Float32Array;
  await npz.close();
  return arrays;
}

/** Bytes in memory as a source that says how many bytes were read, and whether it was closed. */
export function watched(
  bytes: Uint8Array,
  name = 'watched',
): ByteSource & { bytesRead: number; isClosed: boolean } {
  const source = bytesSource(bytes, name);
  return {
    ...source,
    bytesRead: 0,
    isClosed: false,
    async readInto(target, start) {
      this.bytesRead += target.length;
      await source.readInto(target, start);
    },
    async close() {
      this.isClosed = true;
    },
  };
}
