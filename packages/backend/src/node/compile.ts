import { readdirSync } from 'node:fs';
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
  throw installError({
    constraint: 'a C++17 compiler must be on the PATH',
    found: `no working ${compiler}`,
    fix: 'install one (Debian, Ubuntu: apt-get install g++) or name one in CXX',
  });
}

/** Runs the compiler; `target` is written whole or not at all. */
async function build(compiler: string, target: string, args: readonly string[]): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const unfinished = `${target}.${process.pid}`;
  const result = await runCommand(compiler, [
    ...['-std=c++17', '-shared', '-fPIC', '-w', `-DNAPI_VERSION=${NAPI_VERSION}`],
    ...['-I', headers.include_dir, '-o', unfinished, ...args],
  ]);
  if (result.status !== 0) {
    await rm(unfinished, { force: true });
    throw installError({
      constraint: `${compiler} must build the addon`,
      found: `exit code ${result.status ?? result.signal}`,
      fix: 'see its output (the headers of libc and libstdc++ are needed)',
      output: tail(result.stderr),
    });
  }
  await rename(unfinished, target);
}

/** An addon that is linked with libtensorflow. */
export interface AddonBuild {
  /** Folder with its sources. */
  readonly sources: string;
  /** Folder with `libtensorflow_cc.so.2` and `include`; the addon will look for the libraries there. */
  readonly libraries: string;
  /** The addon's path. */
  readonly target: string;
}

/**
 * Builds tfjs-node-gpu's addon from the package's own sources against a libtensorflow.
 */
export function compileAddon(compiler: string, { sources, libraries, target }: AddonBuild): Promise<void> {
  return build(compiler, target, [
    '-O2',
    ...[sources, join(libraries, 'include')].flatMap((folder) => ['-I', folder]),
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(sources, file)),
    ...['-L', libraries, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    ...['-Xlinker', '-rpath', '-Xlinker', libraries],
  ]);
}

/** Builds the addon that keeps libtensorflow quiet while it loads (`native/quiet.cc`). */
export function compileQuiet(compiler: string, target: string): Promise<void> {
  return build(compiler, target, ['-O2', fileURLToPath(new URL('../../native/quiet.cc', import.meta.url))]);
}

/**
 * How the kernels are compiled, but for the instruction set. No contraction: a·b + c is rounded once only where the sources say so, so that
 * all instruction sets that can give the same bits.
 */
export const KERNEL_FLAGS: readonly string[] = [
  '-O3',
  '-ffp-contract=off',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-fvisibility=hidden',
];

/** Builds the addon with our kernels (`native/kernels`). */
export function compileKernels(
  compiler: string,
  { sources, libraries, target, instructionSet }: AddonBuild & { readonly instructionSet: string },
): Promise<void> {
  const files = readdirSync(sources).filter((name) => name.endsWith('.cc'));
  return build(compiler, target, [
    ...KERNEL_FLAGS,
    // The rest of TensorFlow's C API includes headers that aren't unpacked.
    ...[`-march=${instructionSet}`, '-DIS_SLIM_BUILD', '-I', join(libraries, 'include')],
    ...files.map((file) => join(sources, file)),
    ...['-L', libraries, '-l:libtensorflow_framework.so.2', '-lpthread'],
    ...['-Xlinker', '-rpath', '-Xlinker', libraries],
  ]);
}
