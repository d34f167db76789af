import { type Numbers, openNpz } from '@immiscible/formats';
import { openFile } from '@immiscible/formats/node';
import type { NdArray } from 'ndarray';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of a file that make-fixtures.py wrote. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

/** Its bytes. */
export function fixtureBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(fixture(name)));
}

/** All arrays of an `.npz` by name. */
export async function fixtureArrays(name: string): Promise<Map<string, NdArray<Numbers>>> {
  const npz = await openNpz(await openFile(fixture(name)));
  const arrays = new Map<string, NdArray<Numbers>>();
  for (const key of npz.names) arrays.set(key, await npz.read(key));
  await npz.close();
  return arrays;
}

/** The largest difference of two lists of numbers; Infinity if they differ in length or hold NaN. */
export function largestDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < found.length; i++) {
    const difference = Math.abs((found[i] as number) - (expected[i] as number));
    largest = Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
  }
  return largest;
}
