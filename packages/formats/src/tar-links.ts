import type { SkippedFile } from './archive-names.js';
import { quote } from './text.js';

/** A link of an archive. */
export interface TarLink {
  readonly name: string;
  /** Of a hard link a path in the archive; of a symbolic one a path from its folder. */
  readonly target: string;
  readonly isSymbolic: boolean;
}

/** As many links may lead to links, as in Linux. */
const MAX_HOPS = 40;
/** The most files that links may stand for: folders linked to each other could make any number. */
const MAX_COPIES = 10_000_000;

/**
 * Which files links stand for.
 *
 * @param names - of the archive's files
 * @returns names of links by the file that they stand for; a link to a folder stands for all files in it
 */
export function resolveLinks(
  links: readonly TarLink[],
  names: ReadonlySet<string>,
  wanted: (name: string) => boolean,
  onSkipped: (file: SkippedFile) => void,
  fail: (expected: string, found: string) => never,
): Map<string, string[]> {
  const byName = new Map(links.map((link) => [link.name, link]));
  const sorted = [...names].sort();
  const copies = new Map<string, string[]>();
  let count = 0;
  const copy = (name: string, file: string): void => {
    if (names.has(name) || !wanted(name)) return;
    if (++count > MAX_COPIES) fail(`hold links to at most ${MAX_COPIES} files`, 'more');
    const others = copies.get(file);
    if (others) others.push(name);
    else copies.set(file, [name]);
  };
  for (const link of byName.values()) {
    const target = finalTarget(link, byName);
    if (target !== undefined && names.has(target)) {
      copy(link.name, target);
      continue;
    }
    const folder = target === undefined ? undefined : target === '' ? '' : `${target}/`;
    let at = folder === undefined ? sorted.length : firstFrom(sorted, folder);
    if (at < sorted.length && (sorted[at] as string).startsWith(folder as string)) {
      for (; at < sorted.length && (sorted[at] as string).startsWith(folder as string); at++) {
        const file = sorted[at] as string;
        if (++count > MAX_COPIES) fail(`hold links to at most ${MAX_COPIES} files`, 'more');
        copy(`${link.name}/${file.slice((folder as string).length)}`, file);
      }
    } else if (wanted(link.name)) {
      onSkipped({ name: link.name, reason: `a link to ${quote(link.target)}, which isn't in the archive` });
    }
  }
  return copies;
}

/** Where a link leads after all links on the way; undefined if out of the archive, or in a circle. */
function finalTarget(link: TarLink, byName: ReadonlyMap<string, TarLink>): string | undefined {
  let path = targetOf(link);
  for (let hop = 0; hop < MAX_HOPS && path !== undefined; hop++) {
    const next = firstLink(path, byName);
    if (next === undefined) return path;
    const [via, rest] = next;
    const target = targetOf(via);
    path = target === undefined ? undefined : rest === '' ? target : normal(`${target}/${rest}`);
  }
  return undefined;
}

/** The first part of a path that is a link, and what follows it. */
function firstLink(path: string, byName: ReadonlyMap<string, TarLink>): [TarLink, string] | undefined {
  for (let at = path.indexOf('/'); ; at = path.indexOf('/', at + 1)) {
    const via = byName.get(at < 0 ? path : path.slice(0, at));
    if (via) return [via, at < 0 ? '' : path.slice(at + 1)];
    if (at < 0) return undefined;
  }
}

function targetOf({ name, target, isSymbolic }: TarLink): string | undefined {
  if (target === '' || (isSymbolic && target.startsWith('/'))) return undefined;
  const folder = name.includes('/') ? name.slice(0, name.lastIndexOf('/') + 1) : '';
  return normal(isSymbolic ? `${folder}${target}` : target);
}

/** The path without `.` and `..`; undefined if it leads out. */
function normal(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The index of the first of the sorted names that isn't before `name`. */
function firstFrom(sorted: readonly string[], name: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
