import { byCodeUnits } from './image-files.js';

/** Labels of pictures and what they mean; nothing, if there are none. */
export interface Classes {
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
}

/**
 * Classes by the first level of folders, sorted by name. A folder without pictures would move the numbers of those
 * after it, or lose its own: it is an error, as torchvision has it.
 *
 * @param names - of the pictures, relative
 * @param folders - all folders of the first level, where they are known
 * @param wanted - undefined: if no picture lies outside of them
 */
export function classesByFolder(
  fn: string,
  path: string,
  names: readonly string[],
  folders: readonly string[],
  wanted: boolean | undefined,
): Classes {
  if (names.length === 0) throw new RangeError(`${fn}: ${path} must hold pictures (PNG, JPEG), got none`);
  const outside = names.find((name) => !/[\\/]/.test(name));
  if (wanted && outside !== undefined) {
    throw new RangeError(
      `${fn}: ${path} must hold all pictures in folders by class, got ${outside} outside; say classes: false`,
    );
  }
  if (wanted === false || outside !== undefined) return {};
  const folderOf = (name: string): string => name.split(/[\\/]/)[0] as string;
  const classNames = [...new Set(names.map(folderOf))].sort(byCodeUnits);
  const empty = folders.filter((folder) => !classNames.includes(folder));
  if (empty.length > 0) {
    throw new RangeError(
      `${fn}: ${path} must hold pictures in each of its class folders, got none in ${empty.slice(0, 5).join(', ')}; ` +
        'remove what is no class, or say classes: false',
    );
  }
  const index = new Map(classNames.map((name, i) => [name, i]));
  return { labels: Int32Array.from(names, (name) => index.get(folderOf(name)) as number), classNames };
}
