import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { byCodeUnits, classesOf, filesOnDisk, type ImageFiles, isPicture } from './image-files.js';
import { readTar } from './tar.js';

/** @see {@link imageFolder} */
export interface ImageFolderOptions {
  /**
   * Take the first level of folders as classes, sorted by name, as ImageNet's and torchvision's folders are. Pictures
   * that lie outside of all folders are then an error.
   * @defaultValue true if there are folders with pictures and no picture lies outside of them
   */
  readonly classes?: boolean;
  /** @defaultValue the folder's name */
  readonly name?: string;
}

/**
 * Pictures in a folder and its sub-folders, to any depth, sorted by path.
 *
 * @throws RangeError if there is no picture, or one is in no class folder though classes are asked for
 */
export async function imageFolder(path: string, options: ImageFolderOptions = {}): Promise<ImageFiles> {
  const { name = basename(resolve(path)) } = options;
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new Error(`imageFolder: path must be a folder, got ${path}, which can't be read`, { cause });
  });
  const names = entries
    .filter((entry) => !entry.isDirectory() && isPicture(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(join(path, '/').length))
    .sort(byCodeUnits);
  const classes = folderClasses('imageFolder', path, names, options.classes);
  return filesOnDisk(
    name,
    names.map((file) => join(path, file)),
    classes,
  );
}

/**
 * Pictures in a `.tar` or `.tar.gz`, as {@link imageFolder} reads folders. The encoded pictures are kept in memory.
 *
 * @throws RangeError if the archive is damaged or holds no pictures
 */
export async function imageTar(
  path: string,
  options: ImageFolderOptions & { readonly within?: string } = {},
): Promise<ImageFiles> {
  const { name = basename(path).replace(/\.(tar(\.gz)?|tgz)$/, ''), within = '' } = options;
  const files: { name: string; bytes: Uint8Array }[] = [];
  const wanted = (file: string): boolean => file.replace(/^\.\//, '').startsWith(within) && isPicture(file);
  for await (const file of readTar(path, { wanted, maximumBytes: 2 ** 28 })) {
    files.push({ name: file.name.slice(within.length), bytes: file.bytes });
  }
  files.sort((a, b) => byCodeUnits(a.name, b.name));
  const names = files.map((file) => file.name);
  return {
    name,
    paths: names.map((file) => `${path}: ${within}${file}`),
    onDisk: false,
    allowsFlip: true,
    ...folderClasses('imageTar', path, names, options.classes),
    read: async (index) => (files[index] as { bytes: Uint8Array }).bytes,
    close: async () => {},
  };
}

function folderClasses(
  fn: string,
  path: string,
  names: readonly string[],
  wanted: boolean | undefined,
): { labels?: Int32Array; classNames?: readonly string[] } {
  if (names.length === 0) throw new RangeError(`${fn}: ${path} must hold pictures (PNG, JPEG), got none`);
  const outside = names.find((name) => !/[\\/]/.test(name));
  if (wanted && outside !== undefined) {
    throw new RangeError(
      `${fn}: ${path} must hold all pictures in folders by class, got ${outside} outside; say classes: false`,
    );
  }
  if (wanted === false || outside !== undefined) return {};
  return classesOf(names.map((name) => name.split(/[\\/]/)[0] as string));
}
