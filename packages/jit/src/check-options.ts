import { check, checkInteger, checkOptions, type OptionKeys } from '@immiscible/core';
import type { JitOptions } from './options.js';

const PRECISIONS: readonly unknown[] = ['float32', 'bfloat16'];

/** @throws RangeError if an option is unknown or out of range */
export function checkJitOptions(fn: string, options: JitOptions): void {
  checkOptions(fn, options, {
    precision: true,
    xla: true,
    profile: true,
    dumpGraph: true,
    maxRecordings: true,
    maxConstantBytes: true,
  } satisfies OptionKeys<JitOptions>);
  const { precision = 'float32', maxRecordings = 1, maxConstantBytes = 0 } = options;
  check(PRECISIONS.includes(precision), fn, 'precision', PRECISIONS.join(' or '), precision);
  checkInteger(fn, 'maxRecordings', maxRecordings, 1);
  checkInteger(fn, 'maxConstantBytes', maxConstantBytes, 0);
}
