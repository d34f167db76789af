import { nearestName } from '@immiscible/core';

/**
 * `; did you mean --steps?` where a near name is known, else nothing.
 *
 * @param name - as it was given
 * @param known - the names that there are
 */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

/**
 * The same, but with all known names where none is near.
 *
 * @param name - as it was given
 * @param known - the names that there are
 */
export function suggestion(name: string, known: readonly string[]): string {
  return didYouMean(name, known) || (known.length > 0 ? `; known: ${known.join(', ')}` : '');
}
