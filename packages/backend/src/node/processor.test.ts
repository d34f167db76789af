import { expect, it } from 'vitest';
import { missingFeature, processorFeatures, processorKey } from './processor.js';

/** As /proc/cpuinfo has it: of an x86 with AVX2 (excerpt), and of an Arm. */
const X86 =
  'processor\t: 0\nmodel name\t: A\nflags\t\t: fpu sse4_2 avx2 fma bmi2 f16c movbe\n\nprocessor\t: 1\n';
const ARM = 'processor\t: 0\nFeatures\t: fp asimd crc32\n';

it('reads what a processor can do', () => {
  expect(processorFeatures(X86)).toEqual(['avx2', 'bmi2', 'f16c', 'fma', 'fpu', 'movbe', 'sse4_2']);
  expect(processorFeatures(ARM)).toEqual(['asimd', 'crc32', 'fp']);
  expect(processorFeatures('')).toEqual([]);
});

it('tells processors apart by what they can do, not by the order in which it is said', () => {
  expect(processorKey(['avx2', 'fma'])).not.toBe(processorKey(['avx2']));
  expect(processorKey(processorFeatures('flags : fma avx2'))).toBe(processorKey(['avx2', 'fma']));
});

it('knows what an instruction set needs (x86-64 psABI, table 3.1) and a processor lacks', () => {
  expect(missingFeature('x86-64-v3', processorFeatures(X86))).toBeUndefined();
  expect(missingFeature('x86-64-v4', processorFeatures(X86))).toBe('avx512f');
  expect(missingFeature('x86-64-v3', ['fma', 'avx2'])).toBe('bmi2');
  expect(missingFeature('native', [])).toBeUndefined();
});
