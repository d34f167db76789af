import { TorchTensor, type TorchValue } from './torch-pickle.js';

/** Deeper than any tool nests; also ends what contains itself. */
const MAX_DEPTH = 32;

/**
 * The tensors in dicts and lists, by path: keys and indices with dots between.
 *
 * @param budget - how many things may be looked at, and how many characters all names may have: what a pickle says once
 *   and recalls often could be more than any memory holds
 * @throws by `fail`
 */
export function namedTensors(
  value: TorchValue,
  budget: number,
  fail: (expected: string, found: string) => never,
): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  let left = budget;
  const visit = (item: TorchValue, path: string, depth: number): void => {
    left -= 1 + path.length;
    if (left < 0) fail('hold each tensor once', 'far more names than its size allows');
    if (depth > MAX_DEPTH)
      fail(`nest dicts and lists at most ${MAX_DEPTH} deep`, 'more (or one that contains itself)');
    const join = (key: string | number): string => (path === '' ? String(key) : `${path}.${key}`);
    if (item instanceof TorchTensor) {
      if (tensors.has(path)) fail('give each tensor a name of its own', path);
      tensors.set(path, item);
    } else if (item instanceof Map) {
      for (const [key, content] of item) visit(content, join(key), depth + 1);
    } else if (Array.isArray(item)) {
      item.forEach((content, i) => visit(content, join(i), depth + 1));
    }
  };
  visit(value, '', 0);
  return tensors;
}
