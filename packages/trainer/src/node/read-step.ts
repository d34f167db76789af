import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError, type StoredCheckpoint } from '../checkpoint.js';
import { damaged, decodeCheckpoint, decodeRecord, type FileRecord } from './checkpoint-file.js';
import { hasErrorCode } from './folder.js';

const RECORD = /^checkpoint-(\d{8,})\.json$/;

/** Name of a checkpoint's safetensors file: its step, and the first 8 digits of its SHA-256. */
export const DATA: RegExp = /^checkpoint-(\d{8,})-([0-9a-f]{8})\.safetensors$/;

/** Common beginning of the names of a checkpoint's files. */
export function nameOf(step: number): string {
  return `checkpoint-${String(step).padStart(8, '0')}`;
}

/**
 * Steps of the checkpoints in a folder, newest first: those with a record, and those whose data is there without one (the
 * process died between the two, or the record was lost).
 *
 * @throws CheckpointError if it is there and no folder that can be read
 */
export async function listSteps(directory: string): Promise<number[]> {
  const names = await namesIn(directory);
  const steps = names.flatMap((name) => RECORD.exec(name)?.[1] ?? DATA.exec(name)?.[1] ?? []).map(Number);
  return [...new Set(steps)].sort((a, b) => b - a);
}

/**
 * One checkpoint, checked against its record's size and SHA-256, or without a record against the digits in its name.
 *
 * @throws CheckpointError if it is damaged
 */
export async function readStep(directory: string, step: number): Promise<StoredCheckpoint> {
  const record = (await readRecord(directory, step)) ?? (await withoutRecord(directory, step));
  const file = join(directory, record.file);
  const expected = record.bytes === undefined ? 'a file' : `a file of ${record.bytes} bytes`;
  const unreadable = (error: unknown): never => {
    throw damaged({ path: file, expected, found: String(error), cause: error });
  };
  // Before it is read: what is too long may be longer than memory.
  const { size } = await stat(file).catch(unreadable);
  if (record.bytes !== undefined && size !== record.bytes) {
    throw damaged({ path: file, expected: `${record.bytes} bytes long`, found: `${size} bytes` });
  }
  const bytes = await readFile(file).catch(unreadable);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (!sha256.startsWith(record.sha256)) {
    throw damaged({ path: file, expected: `of SHA-256 ${record.sha256}`, found: sha256 });
  }
  return { ...decodeCheckpoint(bytes, step, file), path: file };
}

type Expected = Pick<FileRecord, 'file' | 'sha256'> & { readonly bytes?: number };

async function readRecord(directory: string, step: number): Promise<Expected | undefined> {
  const path = join(directory, `${nameOf(step)}.json`);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw damaged({ path, expected: 'a file that can be read', found: String(error), cause: error });
  }
  return decodeRecord(text, step, path);
}

async function withoutRecord(directory: string, step: number): Promise<Expected> {
  const names = (await namesIn(directory)).filter((name) => Number(DATA.exec(name)?.[1]) === step);
  const [file] = names;
  const record = join(directory, `${nameOf(step)}.json`);
  if (file === undefined || names.length > 1) {
    throw damaged({ path: record, expected: 'there', found: `no file, and ${names.length} files of data` });
  }
  return { file, sha256: DATA.exec(file)?.[2] as string };
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return [];
    const reason = `${directory} must be a folder, got ${String(error)}`;
    throw new CheckpointError({ fn: 'fileStore', path: directory, reason }, { cause: error });
  });
}
