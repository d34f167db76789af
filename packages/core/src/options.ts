import { nearestName } from './nearest-name.js';

/** All keys of an options type, each stated once: the compiler refuses one too few or too many. */
export type OptionKeys<T> = { readonly [K in keyof Required<T>]: true };

/**
 * Refuses an option that doesn't exist, for callers without a type checker: an option that is misspelled or belongs to
 * another library would else be ignored without a word. Called first thing by each public function with options.
 *
 * @param fn - the function that asks, for messages
 * @param options - as the caller gave them
 * @param known - `{ steps: true, eta: true } satisfies OptionKeys<SampleOptions>`, or the names
 * @param what - how messages call the object
 * @throws TypeError if `options` isn't a plain object
 * @throws RangeError `fn: options has no key "numSteps"; did you mean "steps"?`
 */
export function checkOptions(
  fn: string,
  options: unknown,
  known: Readonly<Record<string, true>> | readonly string[],
  what = 'options',
): void {
  const keys: readonly string[] = Array.isArray(known) ? known : Object.keys(known);
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const got =
      options == null ? String(options) : Array.isArray(options) ? 'an array' : `a ${typeof options}`;
    throw new TypeError(`${fn}: ${what} must be an object, got ${got}; its keys are ${keys.join(', ')}`);
  }
  const unknown = Object.keys(options).find((key) => !keys.includes(key));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, keys);
  const fix = nearest !== undefined ? `did you mean "${nearest}"?` : `its keys are ${keys.join(', ')}`;
  throw new RangeError(`${fn}: ${what} has no key ${JSON.stringify(unknown)}; ${fix}`);
}
