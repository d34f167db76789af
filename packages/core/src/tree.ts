import { check } from './checks.js';

/**
 * Trees: nested arrays and plain objects whose leaves are tensors, host arrays or numbers. Parameters, optimizer
 * state and a step's inputs are trees; the functions here are all that treats them as one thing.
 */

/** A leaf, or an array or plain object of trees. */
export type Tree<L> = L | readonly Tree<L>[] | { readonly [key: string]: Tree<L> };

/**
 * Arrays and plain objects are nodes, the rest are leaves: tensors, `NdArray`s, typed arrays, numbers … and, so that a
 * description of an array (`{ shape, dtype }`) can be one, whatever has a `shape` that is an array.
 *
 * @param node - anything
 */
export function isLeaf(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return true;
  if (Array.isArray(node)) return false;
  if (Array.isArray((node as { shape?: unknown }).shape)) return true;
  const prototype: unknown = Object.getPrototypeOf(node);
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}

function childPath(path: string, key: string): string {
  return path === '' ? key : `${path}/${key}`;
}

/**
 * The leaves with their paths (`"optimizer/0/mean/stem.weight"`), in a fixed order: arrays by index, objects by
 * their keys sorted by code unit, so that two trees built in different orders list alike.
 *
 * @param tree - any tree; borrowed
 * @throws RangeError if two leaves have the same path, which takes a key that is empty or holds a "/"
 */
export function treeEntries<L>(tree: Tree<L>): [path: string, leaf: L][] {
  const entries: [string, L][] = [];
  treeMap(tree, (leaf, path) => entries.push([path, leaf]));
  const paths = new Set<string>();
  for (const [path] of entries) {
    check(!paths.has(path), 'treeEntries', 'tree', 'with one leaf at each path', path, 'rename a key');
    paths.add(path);
  }
  return entries;
}

/**
 * The leaves in the order of {@link treeEntries}.
 *
 * @param tree - any tree; borrowed
 */
export function treeLeaves<L>(tree: Tree<L>): L[] {
  return treeEntries(tree).map(([, leaf]) => leaf);
}

/**
 * A tree of the same structure with each leaf replaced by `f(leaf, path)`; visits in the order of {@link treeEntries}.
 *
 * @param tree - any tree; borrowed
 * @param f - gets each leaf and its path
 * @param path - of the tree itself; empty unless given
 */
export function treeMap<L, M>(tree: Tree<L>, f: (leaf: L, path: string) => M, path = ''): Tree<M> {
  if (isLeaf(tree)) return f(tree as L, path);
  if (Array.isArray(tree)) {
    return (tree as readonly Tree<L>[]).map((item, i) => treeMap(item, f, childPath(path, String(i))));
  }
  const node = tree as Readonly<Record<string, Tree<L>>>;
  const mapped: Record<string, Tree<M>> = {};
  for (const key of Object.keys(node).sort())
    mapped[key] = treeMap(node[key] as Tree<L>, f, childPath(path, key));
  return mapped;
}

/**
 * The tree of `like`'s structure whose leaves are looked up by path.
 *
 * @param like - a tree of the structure; its leaves are of no matter
 * @param leaves - by path
 * @throws RangeError if a path of `like` is missing in `leaves`, or `leaves` has one that `like` lacks
 */
export function treeFromEntries<L>(like: Tree<unknown>, leaves: ReadonlyMap<string, L>): Tree<L> {
  let used = 0;
  const tree = treeMap(like, (_, path) => {
    if (!leaves.has(path)) throw new RangeError(`treeFromEntries: leaves must have "${path}", got none`);
    used++;
    return leaves.get(path) as L;
  });
  if (used !== leaves.size) {
    const known = new Set(treeEntries(like).map(([path]) => path));
    const extra = [...leaves.keys()].find((path) => !known.has(path));
    throw new RangeError(`treeFromEntries: leaves must have only the paths of the tree, got "${extra}" too`);
  }
  return tree;
}
