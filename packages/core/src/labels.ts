import { check } from './checks.js';

/**
 * The label of an image that has no class: what label dropout writes and what unconditional sampling passes. Every
 * other label is a class index: a whole number in [0, classes).
 */
export const NO_CLASS = -1;

/**
 * The one check of labels. A label is a whole number in [0, classes), or {@link NO_CLASS}.
 *
 * @param fn - the function that asks, for messages
 * @param labels - one per image
 * @param count - how many images there are
 * @param classes - how many classes there are, where that is known
 * @throws RangeError if there aren't `count` labels, or naming the first that is none
 */
export function checkLabels(fn: string, labels: ArrayLike<number>, count: number, classes?: number): void {
  check(labels.length === count, fn, 'labels', `${count} numbers, one per image`, `${labels.length}`);
  const most = classes ?? 2 ** 31;
  for (let i = 0; i < count; i++) {
    const label = labels[i] as number;
    if (Number.isInteger(label) && label >= NO_CLASS && label < most) continue;
    const range = classes === undefined ? 'a class index of 0 or more' : `a class index in [0, ${classes})`;
    check(false, fn, `labels[${i}]`, `${range}, or ${NO_CLASS} for no class`, label);
  }
}
