import { check, checkInteger } from '@immiscible/core';
import type { JitOptions } from './jit.js';

const PRECISIONS: readonly unknown[] = ['float32', 'bfloat16'];
const KNOWN = ['precision', 'xla', 'profile', 'dumpGraph', 'maxRecordings', 'maxConstantBytes'];

/** @throws RangeError if an option is unknown or out of range */
export function checkOptions(options: JitOptions): void {
  for (const name of Object.keys(options)) {
    check(KNOWN.includes(name), 'jit', 'options', `of ${KNOWN.join(', ')}`, name);
  }
  const { precision = 'float32', maxRecordings = 1, maxConstantBytes = 0 } = options;
  check(PRECISIONS.includes(precision), 'jit', 'precision', PRECISIONS.join(' or '), precision);
  checkInteger('jit', 'maxRecordings', maxRecordings, 1);
  checkInteger('jit', 'maxConstantBytes', maxConstantBytes, 0);
}
