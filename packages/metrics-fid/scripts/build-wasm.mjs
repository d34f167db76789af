// Compiles assembly/ into src/kernels-binary.ts: node scripts/build-wasm.mjs [--check]
// The same sources and compiler give the same bytes; --check compares instead of writing.
import asc from 'assemblyscript/asc';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = fileURLToPath(new URL('../src/kernels-binary.ts', import.meta.url));

/** The compiled kernels. */
export async function compile() {
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
  `/** WebAssembly (SIMD) of the sources in assembly/, base64; made by scripts/build-wasm.mjs. */
export const KERNELS =
  '${binary.toString('base64')}';
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = source(await compile());
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error(
      'build-wasm: src/kernels-binary.ts must be what assembly/ compiles to; run node scripts/build-wasm.mjs',
    );
    process.exit(1);
  }
}
