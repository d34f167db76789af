import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** An installed npm package. */
export interface InstalledPackage {
  readonly folder: string;
  readonly version: string;
  /** Loads its main module (CommonJS). */
  load(): unknown;
}

/**
 * Looks a package up as this package would import it, then as the current folder would; `undefined` if neither has it.
 */
export function findPackage(name: string): InstalledPackage | undefined {
  for (const from of [import.meta.url, join(process.cwd(), 'index.js')]) {
    const require = createRequire(from);
    try {
      const manifest = require.resolve(`${name}/package.json`);
      const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
      return { folder: dirname(manifest), version, load: () => require(name) as unknown };
    } catch {
      // Not here: try the next place.
    }
  }
  return undefined;
}
