import { createRng, type Rng } from '@immiscible/core';
import type { NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';
import { contiguousCopy, stridedViews } from './strided-views.js';

/** A call that must be refused. */
export interface RefusedCall {
  /** For the title. */
  readonly name: string;
  /** Throws or rejects. */
  readonly call: () => unknown;
  /** What the message must contain. */
  readonly message: string;
}

/** The functions of a package by what they take, each under its own name. */
export interface BorderCases {
  /** Of the images in `hostArrays`: `[N,H,W,C]`. */
  readonly shape: readonly number[];
  /** Functions of host arrays, as functions of images alone. */
  readonly hostArrays: Readonly<Record<string, (images: NdArray<Float32Array>) => unknown>>;
  /** Functions with options: called with `extra` beside options that are right. */
  readonly options?: Readonly<Record<string, (extra: object) => unknown>>;
  /** Functions that draw random numbers. */
  readonly streams?: Readonly<Record<string, (rng: Rng) => unknown>>;
  /** Calls that are wrong in ways of their own. */
  readonly refusals?: readonly RefusedCall[];
}

/** What is easily taken for a stream of random numbers: nothing, a seed, the function that makes one. */
const NO_STREAMS: readonly unknown[] = [undefined, 7, createRng];

/**
 * The suite of a package's public border: host arrays are read through whatever strides they have, an option that doesn't exist
 * is refused by its name, and so is what isn't a stream of random numbers.
 *
 * @param cases - the package's functions
 */
export function describeBorder({ shape, hostArrays, options, streams, refusals }: BorderCases): void {
  describe.each(stridedViews(shape))('a view that is $name', ({ view }) => {
    it.each(Object.entries(hostArrays))('gives what its copy gives: %s', async (_, run) => {
      expect(await run(view)).toEqual(await run(contiguousCopy(view)));
    });
  });
  if (options) {
    it.each(Object.entries(options))(
      '%s refuses an option that does not exist, and no other',
      async (name, run) => {
        await expect((async () => run({}))()).resolves.toBeDefined();
        const call = (async () => run({ noSuchOption: 1 }))();
        await expect(call).rejects.toThrow('has no key "noSuchOption"');
        await expect(call).rejects.toThrow(`${name}: `);
      },
    );
  }
  if (streams) {
    it.each(Object.entries(streams))('%s refuses what is no stream of random numbers', async (name, run) => {
      for (const none of NO_STREAMS) {
        const call = (async () => run(none as Rng))();
        await expect(call).rejects.toThrow(`${name}: rng must be an Rng, got `);
      }
    });
  }
  if (refusals) {
    it.each(refusals)('refused: $name', async ({ call, message }) => {
      await expect((async () => call())()).rejects.toThrow(message);
    });
  }
}
