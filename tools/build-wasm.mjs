// Compiles the WebAssembly kernels of packages: assembly/ into src/kernels-binary.ts.
//   node tools/build-wasm.mjs [--check] [PACKAGE ...]
// The same sources and compiler give the same bytes; --check compares instead of writing.
import asc from 'assemblyscript/asc';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The packages that have kernels. */
const PACKAGES = ['assignment', 'metrics-fid'];

/** The compiled kernels of a package. */
export async function compile(name) {
  const root = fileURLToPath(new URL(`../packages/${name}/`, import.meta.url));
  let binary;
  const { error, stderr } = await asc.main(
    [
      'assembly/index.ts',
      '--outFile',
      'kernels.wasm',
      '-O3',
      '--enable',
      'simd',
      '--runtime',
      'stub',
      '--importMemory',
      '--noAssert',
      '--use',
      'abort=',
    ],
    {
      readFile: (name, base) => {
        try {
          return readFileSync(new URL(name, `file://${base.startsWith('/') ? base : root}/`), 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (name, contents) => {
        if (name.endsWith('.wasm')) binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`build-wasm: ${error.message}\n${stderr}`);
  return Buffer.from(binary);
}

const source = (binary) =>
  `/** WebAssembly (SIMD) of the sources in assembly/, base64; made by tools/build-wasm.mjs. */
export const KERNELS =
  '${binary.toString('base64')}';
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const named = process.argv.slice(2).filter((argument) => argument !== '--check');
  for (const name of named.length > 0 ? named : PACKAGES) {
    const target = fileURLToPath(new URL(`../packages/${name}/src/kernels-binary.ts`, import.meta.url));
    const text = source(await compile(name));
    if (!process.argv.includes('--check')) writeFileSync(target, text);
    else if (readFileSync(target, 'utf8') !== text) {
      console.error(
        `build-wasm: src/kernels-binary.ts must be what assembly/ compiles to; run node tools/build-wasm.mjs ${name}`,
      );
      process.exitCode = 1;
    }
  }
}
