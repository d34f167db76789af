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
