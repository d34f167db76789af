import { decodeSafetensors, encodeSafetensors, type SafetensorsContent } from '@immiscible/formats';
import { type Checkpoint, CheckpointError, withoutPlace } from '../checkpoint.js';

const FORMAT = 'immiscible-checkpoint';
const VERSION = 1;

/** What is said about a checkpoint's file in the small one beside it; when that is there, the checkpoint is. */
export interface FileRecord {
  readonly format: typeof FORMAT;
  readonly version: number;
  readonly step: number;
  /** Name of the safetensors file in the same folder. */
  readonly file: string;
  readonly bytes: number;
  /** Of the whole file, hexadecimal. */
  readonly sha256: string;
}

/** A checkpoint as a safetensors file: its arrays, and the rest as JSON in the header. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { arrays, ...run } = withoutPlace(checkpoint);
  return encodeSafetensors(arrays, { format: FORMAT, version: String(VERSION), run: JSON.stringify(run) });
}

/**
 * @param step - that it must be of
 * @param path - for messages
 * @throws CheckpointError if the bytes are no checkpoint of that step
 */
export function decodeCheckpoint(bytes: Uint8Array, step: number, path: string): Checkpoint {
  let content: SafetensorsContent;
  try {
    content = decodeSafetensors(bytes);
  } catch (cause) {
    throw damaged({ path, expected: 'a safetensors file', found: (cause as Error).message, cause });
  }
  const { format, version, run = 'null' } = content.metadata;
  if (format !== FORMAT || version !== String(VERSION)) {
    const expected = `a checkpoint of version ${VERSION}`;
    throw damaged({ path, expected, found: `format ${format}, version ${version}` });
  }
  const rest = parse(run, path);
  if (!isRun(rest, step)) {
    const expected = `a checkpoint of step ${step} with rng and seconds`;
    throw damaged({ path, expected, found: run.slice(0, 200) });
  }
  return { ...rest, arrays: content.tensors };
}

function isRun(run: unknown, step: number): run is Omit<Checkpoint, 'arrays'> {
  const { step: own, rng, seconds, config, metadata } = (run ?? {}) as Partial<Checkpoint>;
  return (
    own === step &&
    typeof rng === 'object' &&
    rng !== null &&
    typeof seconds === 'number' &&
    (config === undefined || typeof config === 'string') &&
    (metadata === undefined || (typeof metadata === 'object' && metadata !== null))
  );
}

/** The text of the small file beside a checkpoint's. */
export function encodeRecord(of: Pick<FileRecord, 'step' | 'file' | 'bytes' | 'sha256'>): string {
  const record: FileRecord = { format: FORMAT, version: VERSION, ...of };
  return `${JSON.stringify(record, undefined, 2)}\n`;
}

/**
 * Reads that text.
 *
 * @param path - for messages
 * @throws CheckpointError if the text is no record of a checkpoint of `step` steps
 */
export function decodeRecord(text: string, step: number, path: string): FileRecord {
  const record = parse(text, path) as Partial<FileRecord> | null;
  if (record?.format !== FORMAT || record.version !== VERSION) {
    const expected = `the record of a checkpoint of version ${VERSION}`;
    throw damaged({ path, expected, found: `format ${record?.format}, version ${record?.version}` });
  }
  const { file, bytes, sha256 } = record;
  if (
    record.step !== step ||
    typeof file !== 'string' ||
    /[\\/]/.test(file) ||
    typeof bytes !== 'number' ||
    typeof sha256 !== 'string'
  ) {
    const expected = `the record of step ${step} with file, bytes and sha256`;
    throw damaged({ path, expected, found: text.trim() });
  }
  return record as FileRecord;
}

/** What is wrong with a file. */
export interface Damage {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
  readonly cause?: unknown;
}

/** The error for a file that isn't what it should be. */
export function damaged({ path, expected, found, cause }: Damage): CheckpointError {
  const reason = `${path} must be ${expected}, got ${found}`;
  const fix = 'latest({ fallback: true }) goes back to the checkpoint before it';
  return new CheckpointError({ fn: 'fileStore', path, reason, fix }, { cause });
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged({ path, expected: 'JSON', found: (cause as Error).message, cause });
  }
}
