import type { TensorMetadata } from './native-backend.js';

/** The time that operations of one kind took. */
export interface ProfileEntry {
  /** The operation's name in TensorFlow. */
  readonly kind: string;
  /** How often one was run. */
  readonly count: number;
  /** How long all of them took. */
  readonly milliseconds: number;
}

/** A graph that can be run, with its state inside. */
export interface Program {
  /** One step; gives the outputs. If it throws, the state is as before. */
  run(inputs: readonly number[]): TensorMetadata[];
  /** The state; the caller owns the tensors. */
  read(): TensorMetadata[];
  /** Replaces the state by copies of tensors. */
  write(ids: readonly number[]): void;
  close(): void;
  /** By kind of operation, the largest first; absent where no times are kept. */
  readonly profile?: () => ProfileEntry[];
}
