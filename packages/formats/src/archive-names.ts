import { quote } from './text.js';

/**
 * A name of an archive as a path within it: `/` between parts (Windows tools write `\`), no `./` in front.
 *
 * @returns undefined if it would leave the archive: absolute, with a drive or `..`, or holding a NUL
 */
export function archivePath(name: string): string | undefined {
  const path = name.replaceAll('\\', '/').replace(/^(\.\/+)+/, '');
  const leaves =
    path.startsWith('/') || /^[A-Za-z]:/.test(path) || path.includes('\0') || path.split('/').includes('..');
  return leaves || path === '' ? undefined : path;
}

/**
 * Whether a file of an archive or folder is what a system or tool left there beside its user's files: macOS's AppleDouble
 * files (`._a.png`, which is no picture) and `__MACOSX/`, `.DS_Store`, `Thumbs.db`, `desktop.ini`, NAS and notebook
 * folders (`@eaDir`, `.ipynb_checkpoints`), trash, `System Volume Information`, `lost+found`.
 *
 * @param path - a name, or names with `/` or `\` between them
 */
export function isSystemFile(path: string): boolean {
  return path
    .split(/[\\/]/)
    .some((part) =>
      /^(\._.*|__MACOSX|\.DS_Store|Thumbs\.db|desktop\.ini|@eaDir|\.ipynb_checkpoints|\.Trash.*|\$RECYCLE\.BIN|System Volume Information|lost\+found)$/i.test(
        part,
      ),
    );
}

/** A file of an archive that wasn't read, and why. */
export interface SkippedFile {
  /** Its path in the archive. */
  readonly name: string;
  /** `"a link to c.png, which isn't in the archive"`. */
  readonly reason: string;
}

/** `2 other names`, or the nearest thing to help with a name that isn't there. */
export function namesText(names: readonly string[]): string {
  const first = names.slice(0, 6).map((name) => quote(name, 40));
  return names.length === 0
    ? 'no files'
    : first.join(', ') + (names.length > 6 ? `, … ${names.length} in all` : '');
}
