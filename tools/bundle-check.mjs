// Bundles every published package's entries for browsers, each alone, with Vite, esbuild and webpack, from `dist` and by the
// packages' own conditions. Prints one line a package; exits 1 if something of Node is reached.
//   node tools/bundle-check.mjs [PACKAGE ...]
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import esbuild from 'esbuild-wasm';
import { build as vite } from 'vite';
import webpack from 'webpack';
import { root } from './setup.mjs';

// What is for Node says so by its name.
const NODE_ENTRIES = new Set(['./package.json', './node', './worker', './pool']);
// Nobody has a command line in a browser, or tests in a bundle.
const NODE_PACKAGES = new Set(['@immiscible/command-line', '@immiscible/testing']);

mkdirSync(join(root, '.cache'), { recursive: true });
const folder = mkdtempSync(join(root, '.cache', 'bundles-'));

const BUNDLERS = {
  async vite(entry) {
    await vite({
      configFile: false,
      root: folder,
      logLevel: 'silent',
      // Vite puts an empty module in Node's place, which fails only when it is used.
      plugins: [
        {
          name: 'no-node',
          enforce: 'pre',
          resolveId(id, importer) {
            if (/^node:/.test(id)) throw new Error(`${importer} imports ${id}`);
          },
        },
      ],
      build: {
        write: false,
        minify: false,
        rollupOptions: {
          input: entry,
          preserveEntrySignatures: 'strict',
        },
      },
    });
  },
  async esbuild(entry) {
    const { errors } = await esbuild
      .build({
        entryPoints: [entry],
        absWorkingDir: folder,
        bundle: true,
        write: false,
        platform: 'browser',
        format: 'esm',
        logLevel: 'silent',
        outdir: join(folder, 'out'),
      })
      .catch((error) => error);
    if (errors.length > 0) throw new Error(errors.map(({ text }) => text).join('\n'));
  },
  async webpack(entry, name) {
    const compiler = webpack({
      context: folder,
      entry,
      mode: 'development',
      devtool: false,
      target: 'web',
      output: { path: join(folder, 'webpack', name) },
    });
    const stats = await new Promise((resolve, reject) =>
      compiler.run((error, result) => (error ? reject(error) : resolve(result))),
    );
    await new Promise((resolve) => compiler.close(resolve));
    const { errors } = stats.toJson({ all: false, errors: true });
    if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  },
};

const wanted = process.argv.slice(2);
let failed = 0;
let passed = 0;
for (const name of readdirSync(join(root, 'packages'))) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
  if (manifest.private || NODE_PACKAGES.has(manifest.name)) continue;
  const entries = Object.keys(manifest.exports).filter((entry) => !NODE_ENTRIES.has(entry));
  const file = join(folder, `${name}.js`);
  const from = (entry) => `${manifest.name}${entry.slice(1)}`;
  // Exported again, so that nothing is shaken off.
  writeFileSync(file, entries.map((entry) => `export * from '${from(entry)}';\n`).join(''));
  for (const [bundler, bundle] of Object.entries(BUNDLERS)) {
    try {
      await bundle(file, name);
      passed++;
    } catch (error) {
      failed++;
      console.log(`FAIL ${manifest.name} by ${bundler}: ${String(error.message).slice(0, 1500)}`);
    }
  }
}
rmSync(folder, { recursive: true, force: true });
console.log(`bundles: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
