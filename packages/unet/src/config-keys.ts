import { check } from '@immiscible/core';
import type { UnetConfig } from './config.js';
import { nearestName } from './nearest-name.js';
import { type PresetName, presets } from './presets.js';

/** @throws RangeError unless there is a preset of this name */
export function presetOf(name: string): UnetConfig {
  const names = Object.keys(presets);
  const nearest = nearestName(name, names);
  const fix = nearest && `did you mean "${nearest}"?`;
  check(names.includes(name), 'unet', 'preset', `one of ${names.join(', ')}`, name, fix);
  return presets[name as PresetName];
}

/** @throws RangeError if the object has a key that isn't known */
export function checkKeys(what: string, object: object, known: readonly string[]): void {
  const unknown = Object.keys(object).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, known);
  const fix = nearest ? `did you mean "${nearest}"?` : `its keys are ${known.join(', ')}`;
  throw new RangeError(`unet: ${what} has no key "${unknown}"; ${fix}`);
}
