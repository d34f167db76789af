import { readFileSync } from 'node:fs';

/**
 * The version of a package.
 *
 * @param manifest - its `package.json`
 */
export function packageVersion(manifest: URL): string {
  return String((JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: unknown }).version);
}
