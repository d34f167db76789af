import { check, nearestName } from '@immiscible/core';
import type { UnetConfig } from './config.js';
import { type PresetName, presets } from './presets.js';

/** @throws RangeError unless there is a preset of this name */
export function presetOf(name: string): UnetConfig {
  const names = Object.keys(presets);
  const nearest = nearestName(name, names);
  const fix = nearest && `did you mean "${nearest}"?`;
  check(names.includes(name), 'unet', 'preset', `one of ${names.join(', ')}`, name, fix);
  return presets[name as PresetName];
}
