import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import headers from 'node-api-headers';
import { runCommand, tail } from './command.js';
import { installError } from './progress.js';

/** Node-API version that the addon is built for: what every Node this package runs on has. */
export const NAPI_VERSION = 8;

/**
 * The C++ compiler: `CXX`, else `g++`.
 *
 * @throws Error if it does not answer
 */
export async function findCompiler(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const compiler = env['CXX'] ?? 'g++';
  const { status } = await runCommand(compiler, ['--version'], { env });
  if (status === 0) return compiler;
  throw installError(
    'a C++17 compiler must be on the PATH',
    `no working ${compiler}`,
    'install one (Debian, Ubuntu: apt-get install g++) or name one in CXX',
  );
}

/** Runs the compiler; `target` is written whole or not at all. */
async function build(compiler: string, target: string, args: readonly string[]): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const unfinished = `${target}.${process.pid}`;
  const result = await runCommand(compiler, [
    ...['-std=c++17', '-O2', '-shared', '-fPIC', '-w', `-DNAPI_VERSION=${NAPI_VERSION}`],
    ...['-I', headers.include_dir, '-o', unfinished, ...args],
  ]);
  if (result.status !== 0) {
    await rm(unfinished, { force: true });
    throw installError(
      `${compiler} must build the addon`,
      `exit code ${result.status ?? result.signal}`,
      'see its output (the headers of libc and libstdc++ are needed)',
      tail(result.stderr),
    );
  }
  await rename(unfinished, target);
}

/**
 * Builds tfjs-node-gpu's addon from the package's own sources against a libtensorflow.
 *
 * @param sources - the package's folder `binding`
 * @param tensorflow - folder with `libtensorflow_cc.so.2` and `include`; the addon will look for the libraries there
 * @param target - the addon's path
 */
export function compileAddon(
  compiler: string,
  sources: string,
  tensorflow: string,
  target: string,
): Promise<void> {
  return build(compiler, target, [
    ...[sources, join(tensorflow, 'include')].flatMap((folder) => ['-I', folder]),
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(sources, file)),
    ...['-L', tensorflow, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    ...['-Xlinker', '-rpath', '-Xlinker', tensorflow],
  ]);
}

/** Builds the addon that keeps libtensorflow quiet while it loads (`native/quiet.cc`). */
export function compileQuiet(compiler: string, target: string): Promise<void> {
  return build(compiler, target, [fileURLToPath(new URL('../../native/quiet.cc', import.meta.url))]);
}
