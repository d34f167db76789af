import { ArgumentError } from '@immiscible/core';
import { parentPort } from 'node:worker_threads';
import { type BlockInput, decodeBlock } from './decode-block.js';

parentPort?.on('message', ({ id, input }: { id: number; input: BlockInput }) => {
  decodeBlock(input).then(
    (output) => parentPort?.postMessage({ id, output }, [output.pixels.buffer as ArrayBuffer]),
    (error: unknown) =>
      parentPort?.postMessage({
        id,
        error: error instanceof ArgumentError ? error.problem : (error as Error).message,
      }),
  );
});
