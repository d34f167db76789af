import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileDamage, type FileRecord } from './file-record.js';
import { kernelsPath } from './packages.js';
import { missingFeature, processorKey } from './processor.js';

/** Lies beside the kernels' addon, or where it would lie if it could be built. */
export interface KernelsRecord {
  /** Of everything that goes into them: sources, compiler, flags, processor, libraries. */
  readonly key: string;
  /** The instruction set that they are built for; `native`: that of the processor. */
  readonly instructionSet: string;
  /** {@link processorKey} of the processor that they are built on. */
  readonly processor: string;
  /** The operations that passed their test. */
  readonly names: readonly string[];
  /** The addon as it was built. */
  readonly file?: FileRecord;
  /** Why there is none: not tried again with the same key. */
  readonly failure?: string;
}

/** What there is of kernels: their names, or why there are none. */
export interface KernelsState {
  readonly names: readonly string[];
  readonly reason?: string;
}

/** Why kernels for the processor aren't for a GPU. */
export const NOT_ON_GPU = 'they are for the processor, and a GPU computes';

/** Where the record of a package's kernels lies. */
export const recordPath = (packageFolder: string) => `${kernelsPath(packageFolder)}.json`;

/** What was built for a tfjs-node package, or tried to be. */
export function readKernels(packageFolder: string): KernelsRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(recordPath(packageFolder), 'utf8')) as KernelsRecord;
    return typeof record.key === 'string' && Array.isArray(record.names) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** What keeps kernels that were built from being loaded here. */
export function kernelsDamage(packageFolder: string, record: KernelsRecord): string | undefined {
  const { failure, file, instructionSet, processor } = record;
  if (failure !== undefined || !file) return failure ?? 'not built';
  if (instructionSet === 'native' && processor !== processorKey()) return 'built for another processor';
  const missing = missingFeature(instructionSet);
  if (missing !== undefined) return `built for ${instructionSet}, and this processor has no ${missing}`;
  return fileDamage(dirname(kernelsPath(packageFolder)), file, 'hash');
}

/** What kernels a tfjs-node package has. */
export function kernelsState(packageFolder: string): KernelsState {
  const record = readKernels(packageFolder);
  if (!record) return { names: [], reason: 'not built; run `npx @immiscible/backend install`' };
  const damage = kernelsDamage(packageFolder, record);
  return damage === undefined ? { names: record.names } : { names: [], reason: damage };
}
