import type { SavedModel } from './saved-model-folder.js';

/** A browser has no TensorFlow to load a SavedModel: never called. */
export function withSavedModel<T>(
  _saved: SavedModel,
  _folder: string | undefined,
  _use: (path: string) => T,
): T {
  throw new Error('jit: a recorded graph must be run in Node, got a browser');
}
