import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A graph and a word on it. */
export interface SavedModel {
  /** `saved_model.pb`. */
  readonly model: Uint8Array;
  /** `operations.json`, for who finds the folder. */
  readonly note: string;
}

/**
 * Puts a SavedModel where TensorFlow can load it from.
 *
 * @param saved - what is put there
 * @param folder - kept; a temporary one unless given
 * @param use - called while it is there
 * @throws Error if the folder can't be written
 */
export function withSavedModel<T>(
  saved: SavedModel,
  folder: string | undefined,
  use: (path: string) => T,
): T {
  let path = folder;
  try {
    try {
      if (path === undefined) path = mkdtempSync(join(tmpdir(), 'immiscible-jit-'));
      mkdirSync(join(path, 'variables'), { recursive: true });
      writeFileSync(join(path, 'saved_model.pb'), saved.model);
      if (folder !== undefined) writeFileSync(join(path, 'operations.json'), saved.note);
    } catch (cause) {
      const what = folder === undefined ? 'the temporary folder' : 'dumpGraph';
      const fix = folder === undefined ? 'set TMPDIR to one that is' : 'name another';
      throw new Error(
        `jit: ${what} must be a folder that can be written, got ${path ?? tmpdir()}: ${(cause as Error).message}; ${fix}`,
        { cause },
      );
    }
    return use(path);
  } finally {
    if (folder === undefined && path !== undefined) rmSync(path, { recursive: true, force: true });
  }
}
