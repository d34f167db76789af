import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reasonOf } from '../engine-error.js';
import { runCommand } from './command.js';
import { compileKernels, findCompiler, KERNEL_FLAGS } from './compile.js';
import { isAsBuilt, recordBuilt, recordFile } from './file-record.js';
import {
  kernelsDamage,
  type KernelsRecord,
  kernelsState,
  type KernelsState,
  readKernels,
  recordPath,
} from './kernels-state.js';
import { kernelsPath, type NativePackage } from './packages.js';
import { processorKey } from './processor.js';
import type { OnProgress } from './progress.js';
import { testKernelsInChild } from './self-test.js';

const SOURCES = fileURLToPath(new URL('../../native/kernels', import.meta.url));

/** Where kernels come from and where they go. */
export interface ProvideKernelsOptions {
  /** The tfjs-node package beside whose addon they lie. */
  readonly target: NativePackage;
  /** Folder with libtensorflow and its headers. */
  readonly libraries: string;
  /** Where builds are kept. */
  readonly cache: string;
  /** One of `INSTRUCTION_SETS`. */
  readonly instructionSet: string;
  /** Anew, even if they are there or have failed. */
  readonly force: boolean;
  readonly onProgress: OnProgress;
}

/**
 * Builds the kernels, tests them and puts them beside the addon, unless that is done. Whatever fails leaves none there, which costs speed
 * only: it is in the answer, and not tried again until something about it changes.
 */
export async function provideKernels(options: ProvideKernelsOptions): Promise<KernelsState> {
  const { target, libraries, instructionSet, force } = options;
  let compiler: string;
  try {
    compiler = await findCompiler();
  } catch (error) {
    return { names: [], reason: reasonOf(error) };
  }
  const version = (await runCommand(compiler, ['--version'])).stdout.split('\n', 1)[0] as string;
  const key = keyOf([instructionSet, processorKey(), compiler, version, ...KERNEL_FLAGS, libraries]);
  const present = readKernels(target.folder);
  if (!force && present?.key === key) {
    const damage = kernelsDamage(target.folder, present);
    if (damage === undefined || present.failure !== undefined) return kernelsState(target.folder);
  }
  const basis = { key, instructionSet, processor: processorKey() };
  const record = await build(options, compiler, key).then(
    (made): KernelsRecord => ({ ...basis, ...made }),
    (error: unknown): KernelsRecord => ({ ...basis, names: [], failure: failureOf(error) }),
  );
  if (record.failure !== undefined) await rm(kernelsPath(target.folder), { force: true });
  await writeFile(recordPath(target.folder), `${JSON.stringify(record, null, 2)}\n`);
  return kernelsState(target.folder);
}

/** A hash of the sources and of whatever else goes into the kernels. */
function keyOf(parts: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts));
  for (const name of readdirSync(SOURCES).sort()) hash.update(name).update(readFileSync(join(SOURCES, name)));
  return hash.digest('hex').slice(0, 16);
}

async function build(
  { target, libraries, cache, instructionSet, force, onProgress }: ProvideKernelsOptions,
  compiler: string,
  key: string,
): Promise<Pick<KernelsRecord, 'names' | 'file'>> {
  const built = join(cache, 'native', 'kernels', `${key}.node`);
  if (force || !(await isAsBuilt(built))) {
    onProgress({ stage: 'compile', message: 'building the kernels' });
    await compileKernels(compiler, { sources: SOURCES, libraries, instructionSet, target: built });
    await recordBuilt(built);
  }
  const path = kernelsPath(target.folder);
  const fresh = `${path}.${process.pid}`;
  await mkdir(dirname(path), { recursive: true });
  await copyFile(built, fresh);
  // Renamed into place, never written over: another process may have the old ones loaded.
  await rename(fresh, path);
  onProgress({ stage: 'test', message: 'testing the kernels' });
  try {
    const names = await testKernelsInChild(target.name);
    return { names, file: recordFile(dirname(path), basename(path)) };
  } catch (error) {
    await rm(built, { force: true });
    throw error;
  }
}

/** In one line, with the last one that the command at fault said. */
function failureOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  const said = typeof cause === 'string' ? ` (${cause.trim().split('\n').at(-1)})` : '';
  return `${reasonOf(error)}${said}`;
}
