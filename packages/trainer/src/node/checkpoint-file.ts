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
    throw damaged(path, 'a safetensors file', (cause as Error).message, cause);
  }
  const { format, version, run = 'null' } = content.metadata;
  if (format !== FORMAT || version !== String(VERSION)) {
    throw damaged(path, `a checkpoint of version ${VERSION}`, `format ${format}, version ${version}`);
  }
  const rest = parse(run, path);
  if (!isRun(rest, step)) {
    throw damaged(path, `a checkpoint of step ${step} with rng and seconds`, run.slice(0, 200));
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
export function encodeRecord(step: number, file: string, bytes: number, sha256: string): string {
  const record: FileRecord = { format: FORMAT, version: VERSION, step, file, bytes, sha256 };
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
    throw damaged(
      path,
      `the record of a checkpoint of version ${VERSION}`,
      `format ${record?.format}, version ${record?.version}`,
    );
  }
  const { file, bytes, sha256 } = record;
  if (
    record.step !== step ||
    typeof file !== 'string' ||
    /[\\/]/.test(file) ||
    typeof bytes !== 'number' ||
    typeof sha256 !== 'string'
  ) {
    throw damaged(path, `the record of step ${step} with file, bytes and sha256`, text.trim());
  }
  return record as FileRecord;
}

const FALLBACK = '; latest({ fallback: true }) goes back to the checkpoint before it';

/** The error for a file that isn't what it should be. */
export function damaged(path: string, expected: string, found: string, cause?: unknown): CheckpointError {
  return new CheckpointError(`fileStore: ${path} must be ${expected}, got ${found}${FALLBACK}`, path, {
    cause,
  });
}

/** What is wrong, without what to do about it. */
export function reasonOf({ message }: CheckpointError): string {
  return message.replace(FALLBACK, '').replace(/^fileStore: /, '');
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(path, 'JSON', (cause as Error).message, cause);
  }
}
