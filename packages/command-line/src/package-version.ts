import { readFileSync } from 'node:fs';

/** The version of the package whose `package.json` that is. */
export function packageVersion(manifest: URL): string {
  return String((JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: unknown }).version);
}
