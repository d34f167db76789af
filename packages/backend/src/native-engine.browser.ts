import type { NativeEngine } from './native-engine.js';

/** There is no native engine in a browser. */
export function loadNativeEngine(): NativeEngine {
  throw new Error('no native engine outside Node');
}
