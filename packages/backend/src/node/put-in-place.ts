import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { markerPath, writeMarker } from './marker.js';
import { addonPath, type NativePackage } from './packages.js';
import type { Release } from './releases.js';
import { selfTestInChild } from './self-test.js';

/** An addon in the cache and what it belongs to. */
export interface BuiltEngine {
  /** The addon's path. */
  readonly built: string;
  /** Folder with the libraries that it loads. */
  readonly libraries: string;
  readonly variant: Release['variant'];
}

const renamed = (from: string, to: string) =>
  rename(from, to).then(
    () => true,
    () => false,
  );

/** Copies the addon to where tfjs-node-gpu looks; an addon that fails its test leaves things as they were. */
export async function putInPlace(
  target: NativePackage,
  { built, libraries, variant }: BuiltEngine,
): Promise<{ readonly tensorflow: string; readonly addon: string }> {
  const addon = addonPath(target.folder);
  const fresh = `${addon}.${process.pid}`;
  await mkdir(dirname(addon), { recursive: true });
  await copyFile(built, fresh);
  const kept = [markerPath(addon), addon].map((path) => [path, `${path}.previous`] as const);
  const moved = [];
  for (const [path, previous] of kept)
    if (await renamed(path, previous)) moved.push([previous, path] as const);
  // Renamed into place, never written over: another process may have the old one loaded.
  await rename(fresh, addon);
  try {
    const { tensorflow } = await selfTestInChild(target.name);
    await writeMarker(target.folder, { tensorflow, variant, libraries });
    for (const [previous] of moved) await rm(previous, { force: true });
    return { tensorflow, addon };
  } catch (error) {
    // The next run builds it anew.
    await rm(built, { force: true });
    await rm(addon, { force: true });
    for (const [previous, path] of moved) await rename(previous, path);
    throw error;
  }
}
