import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What the processor can do, as Linux names it (`flags`, on Arm `Features`); empty where Linux doesn't say. */
export function processorFeatures(cpuInfo: string = readCpuInfo()): string[] {
  const line = cpuInfo.split('\n').find((each) => /^(flags|Features)\s*:/.test(each));
  return (line?.split(':')[1] ?? '').trim().split(/\s+/).filter(Boolean).sort();
}

function readCpuInfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}

/** One processor's features and another's are the same if this is. */
export function processorKey(features: readonly string[] = processorFeatures()): string {
  return createHash('sha256').update(features.join(' ')).digest('hex').slice(0, 16);
}

/** What code for an instruction set needs beside what each x86-64 has; `native` is whatever the processor has that compiles. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  'x86-64': [],
  'x86-64-v2': ['sse4_2', 'ssse3', 'popcnt'],
  'x86-64-v3': ['avx2', 'bmi2', 'f16c', 'fma', 'movbe'],
  'x86-64-v4': [
    'avx2',
    'bmi2',
    'f16c',
    'fma',
    'movbe',
    'avx512f',
    'avx512bw',
    'avx512cd',
    'avx512dq',
    'avx512vl',
  ],
};

/** The instruction sets that kernels can be built for. */
export const INSTRUCTION_SETS: readonly string[] = ['native', ...Object.keys(NEEDS)];

/** The first feature that code for an instruction set needs and this processor lacks. */
export function missingFeature(
  instructionSet: string,
  features: readonly string[] = processorFeatures(),
): string | undefined {
  return NEEDS[instructionSet]?.find((feature) => !features.includes(feature));
}
