import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rename, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { downloadWheels, findPip } from './download.js';
import { elfDamage } from './elf.js';
import { fileDamage, type FileRecord, firstDamage, recordFile } from './file-record.js';
import { installError, type OnProgress } from './progress.js';
import { isWanted, type Release, releaseName } from './releases.js';
import { unpackZip } from './unpack.js';

const RECORD = 'immiscible-files.json';

/** @throws Error unless the disk of `folder` has that many bytes free */
export async function checkSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes) {
    const gigabytes = (value: number) => `${(value / 1e9).toFixed(1)} GB`;
    throw installError({
      constraint: `${folder} must have ${gigabytes(bytes)} free`,
      found: gigabytes(bavail * bsize),
      fix: 'free some, or name another folder in IMMISCIBLE_CACHE',
    });
  }
}

/** The files of an unpacked release as they were when they came out of the wheels; `undefined` if nobody wrote it down. */
function readRecord(site: string): FileRecord[] | undefined {
  try {
    const { files } = JSON.parse(readFileSync(join(site, RECORD), 'utf8')) as { files: FileRecord[] };
    return files.length > 0 && files.every(({ path, sha256 }) => path && sha256) ? files : undefined;
  } catch {
    return undefined;
  }
}

const writeRecord = (site: string, files: readonly FileRecord[]) =>
  writeFile(join(site, RECORD), `${JSON.stringify({ files }, null, 1)}\n`);

/** The files below a folder, by their relative paths. */
function filesBelow(folder: string): string[] {
  const walk = (at: string): string[] =>
    readdirSync(at, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? walk(join(at, entry.name)) : [join(at, entry.name)],
    );
  return walk(folder).map((path) => relative(folder, path).split(sep).join('/'));
}

/**
 * Records a release that an earlier version unpacked without a record, if it is whole by the pinned hash of all its files.
 *
 * @returns the record, or `undefined` if the files aren't those of the wheel
 */
function adopt(site: string, { filesSha256 }: Release): FileRecord[] | undefined {
  if (filesSha256 === undefined) return undefined;
  const files = filesBelow(site)
    .filter(isWanted)
    .sort()
    .map((path) => recordFile(site, path));
  const lines = files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('');
  return createHash('sha256').update(lines).digest('hex') === filesSha256 ? files : undefined;
}

/** Whether it is known what the files of an unpacked release must be. */
export function isRecorded(libraries: string): boolean {
  return readRecord(dirname(libraries)) !== undefined;
}

/**
 * What is wrong with an unpacked release.
 *
 * @param libraries - its folder `tensorflow`
 * @param how - `stamp`, quick enough for every start: sizes and times of the libraries, and the content where the times
 *   differ; `hash`: the content of all files. Without a record, whether the libraries are as long as their headers say.
 */
export function librariesDamage(libraries: string, how: 'stamp' | 'hash'): string | undefined {
  const site = dirname(libraries);
  const files = readRecord(site);
  if (files) {
    const checked = how === 'hash' ? files : files.filter(({ path }) => /\.so(\.[\d.]+)?$/.test(path));
    return firstDamage(checked, (file) => fileDamage(site, file, how));
  }
  return firstDamage(['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'], (name) =>
    elfDamage(join(libraries, name)),
  );
}

async function unpack(release: Release, folder: string, site: string, onProgress: OnProgress): Promise<void> {
  const pip = await findPip();
  await checkSpace(folder, (release.downloadBytes + release.unpackedBytes) * 1.05);
  const downloads = join(folder, 'downloads', releaseName(release));
  const wheels = await downloadWheels(release, { folder: downloads, pip, onProgress });
  const unfinished = `${site}.part`;
  await rm(unfinished, { recursive: true, force: true });
  let bytes = 0;
  const report = () =>
    onProgress({
      stage: 'unpack',
      message: 'unpacking libtensorflow',
      fraction: Math.min(1, bytes / release.unpackedBytes),
    });
  report();
  const files: FileRecord[] = [];
  for (const wheel of wheels) {
    await unpackZip(wheel, unfinished, isWanted, (path, size, sha256) => {
      files.push(recordFile(unfinished, path, sha256));
      bytes += size;
      report();
    });
  }
  await writeRecord(unfinished, files);
  // A process that has a damaged library loaded keeps its file until it ends.
  const damaged = `${site}.damaged`;
  await rm(damaged, { recursive: true, force: true });
  if (existsSync(site)) await rename(site, damaged);
  await rename(unfinished, site);
  await rm(damaged, { recursive: true, force: true });
  await rm(downloads, { recursive: true, force: true });
}

/**
 * The release's files under `folder/NAME`: there whole, or downloaded and unpacked now. What is there is hashed, and
 * unpacked anew if a file isn't what came out of the wheel.
 *
 * @returns the folder of the release
 */
export async function provideLibraries(
  release: Release,
  folder: string,
  onProgress: OnProgress,
): Promise<string> {
  const site = join(folder, releaseName(release));
  let damage: string | undefined;
  if (existsSync(site)) {
    const files = readRecord(site) ?? adopt(site, release);
    damage = files
      ? firstDamage(files, (file) => fileDamage(site, file, 'hash'))
      : `${site} holds other files than the wheel`;
    if (files && damage === undefined) {
      // With the times of today: a copied cache is then as quick to check as the first one.
      await writeRecord(
        site,
        files.map(({ path, sha256 }) => recordFile(site, path, sha256)),
      );
      return site;
    }
    onProgress({ stage: 'check', message: `${damage}; unpacking it anew` });
  }
  try {
    await unpack(release, folder, site, onProgress);
  } catch (error) {
    if (damage !== undefined && error instanceof Error) error.message += ` (needed because ${damage})`;
    throw error;
  }
  return site;
}
