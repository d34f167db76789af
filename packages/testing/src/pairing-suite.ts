import { type BatchTransform, createRng } from '@immiscible/core';
import { describe, expect, it } from 'vitest';
import { expectFollowed, expectPaired, makeBatch, type ObjectiveCase } from './objective-oracle.js';

/**
 * The law that a coupling stands or falls with: the noise that it deals out to an image is the noise in the image's
 * sample, in every pass, and in what the model is asked for; and no other noise is. Throws where it doesn't hold.
 *
 * @param objective - the case
 * @param coupling - the batch transform
 */
export async function checkPairing(objective: ObjectiveCase, coupling: BatchTransform): Promise<void> {
  const before = makeBatch(true);
  // Classes of two and more, for couplings that stay within them.
  before.labels?.set([0, 1, 1, 0, 1, 0]);
  const after = await coupling(before, createRng(2));
  expect(after.x0.data, 'images stay in their places').toEqual(before.x0.data);
  expectPaired(objective, after);
  const moved = after.noise.data.some((value, p) => value !== before.noise.data[p]);
  if (moved) expectFollowed(objective, before, after);
}

/**
 * A suite: {@link checkPairing} of one objective with each of several couplings.
 *
 * @param name - for the title
 * @param objective - makes the case
 * @param couplings - by name; at least one should move noise
 */
export function describePairing(
  name: string,
  objective: () => ObjectiveCase,
  couplings: Readonly<Record<string, BatchTransform>>,
): void {
  describe(`pairing: ${name}`, () => {
    it.each(Object.keys(couplings))(
      'noise dealt out by %s is in every sample and in the target',
      (coupling) => checkPairing(objective(), couplings[coupling] as BatchTransform),
    );
  });
}
