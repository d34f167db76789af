import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkRng, createRng, Rng, type RngState } from './rng.js';

/** Made by a second implementation: test/fixtures/rng.py. */
interface Reference {
  seed: number;
  names: (string | number)[];
  drawn: number;
  uint32: number[];
  uniform: number[];
  normal: number[];
  integer10: number[];
}
const references = JSON.parse(
  readFileSync(new URL('../test/fixtures/rng.json', import.meta.url), 'utf8'),
) as Reference[];

/** `n` results of a draw. */
const times = <T>(n: number, draw: () => T): T[] => Array.from({ length: n }, () => draw());

/** The stream named by a path from the root, `drawn` words on. */
function streamOf({ seed, names, drawn }: Pick<Reference, 'seed' | 'names' | 'drawn'>): Rng {
  const rng = names.reduce<Rng>((parent, name) => parent.split(name), createRng(seed));
  return new Rng({ ...rng.state(), drawn });
}

describe('Rng', () => {
  it('of seed 0 begins with the published block of counter 0 and key 0', () => {
    // Random123, tests/kat_vectors, first line "philox4x32 10".
    const rng = createRng(0);
    expect(times(4, () => rng.uint32())).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  });

  it.each(references)('of seed $seed split by $names at word $drawn is the reference stream', (reference) => {
    const words = streamOf(reference);
    expect(times(12, () => words.uint32())).toEqual(reference.uint32);
    const uniforms = streamOf(reference);
    expect(times(6, () => uniforms.uniform())).toEqual(reference.uniform);
    const integers = streamOf(reference);
    expect(times(12, () => integers.integer(0, 10))).toEqual(reference.integer10);
    const normals = streamOf(reference);
    for (const value of reference.normal) expect(Math.abs(normals.normal() / value - 1)).toBeLessThan(1e-15);
    expect([...streamOf(reference).fillNormal(new Float32Array(6))]).toEqual(
      reference.normal.map(Math.fround),
    );
  });

  it('continues exactly from a state saved anywhere in a block, also through JSON', () => {
    for (let drawn = 0; drawn < 10; drawn++) {
      const rng = createRng(5).split('state');
      times(drawn, () => rng.uint32());
      const state = JSON.parse(JSON.stringify(rng.state())) as RngState;
      expect(state.drawn).toBe(drawn);
      const restored = new Rng(state);
      expect(restored.state()).toEqual(state);
      expect(times(9, () => restored.uint32())).toEqual(times(9, () => rng.uint32()));
    }
  });

  it('fills alike in one piece and in several', () => {
    const whole = createRng(1).fillNormal(new Float32Array(20));
    const rng = createRng(1);
    const parts = [3, 0, 1, 16].flatMap((n) => [...rng.fillNormal(new Float32Array(n))]);
    expect(parts).toEqual([...whole]);
  });

  it('refuses what is no state', () => {
    const state = createRng(0).state();
    expect(() => new Rng({ ...state, drawn: -1 })).toThrow(
      'Rng: state.drawn must be an integer of at least 0, got -1',
    );
    expect(() => new Rng({ ...state, key: [0, 2 ** 32] })).toThrow(
      'Rng: state.key must be two integers in [0, 2^32), got [0,4294967296]',
    );
    expect(() => new Rng({} as RngState)).toThrow(RangeError);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses the seed %s', (seed) => {
    expect(() => createRng(seed)).toThrow(`createRng: seed must be an integer in [0, 2^53), got ${seed}`);
  });
});

describe('Rng.split', () => {
  const identity = (rng: Rng) => JSON.stringify(rng.state());

  it('draws nothing and depends on nothing drawn', () => {
    const rng = createRng(3);
    const before = identity(rng.split('a'));
    expect(rng.state().drawn).toBe(0);
    times(7, () => rng.uint32());
    expect(identity(rng.split('a'))).toBe(before);
  });

  it('tells apart names that are spelt alike', () => {
    const root = createRng(9);
    const streams = [
      root,
      root.split('ab'),
      root.split('a').split('b'),
      root.split('b').split('a'),
      root.split('ba'),
      root.split(''),
      root.split('').split(''),
      root.split('\0'),
      root.split('\0\0'),
      root.split(0),
      root.split('0'),
      root.split(0).split(0),
      root.split(2 ** 32),
      root.split(1),
      root.split('\x01'),
      createRng(10).split('ab'),
      createRng(9 + 2 ** 32).split('ab'),
    ];
    expect(new Set(streams.map(identity)).size).toBe(streams.length);
  });

  it('gives 20,000 children of 4 parents 20,000 identities', () => {
    const seen = new Set<string>();
    for (const name of ['noise', 'transform', 0, 1]) {
      const parent = createRng(0).split(name);
      for (let i = 0; i < 5000; i++) seen.add(identity(parent.split(i)));
    }
    expect(seen.size).toBe(20_000);
  });

  it('gives streams that are uncorrelated with each other, with their parent and with those of the next seed', () => {
    const n = 20_000;
    const draws = [
      createRng(0),
      createRng(1),
      createRng(0).split(0),
      createRng(0).split(1),
      createRng(0).split(0).split(0),
      createRng(1).split(0),
      createRng(0).split('a'),
      createRng(0).split('b'),
    ].map((rng) => rng.fillNormal(new Float32Array(n)));
    for (const [i, a] of draws.entries()) {
      for (const b of draws.slice(0, i)) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += (a[k] as number) * (b[k] as number);
        // The mean of n products of independent draws has standard deviation 1/√n; 28 pairs.
        expect(Math.abs(sum / n)).toBeLessThan(4 / Math.sqrt(n));
      }
    }
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('refuses the name %s', (name) => {
    expect(() => createRng(0).split(name)).toThrow(
      `Rng.split: name must be a string or an integer in [0, 2^53), got ${name}`,
    );
  });
});

describe('checkRng', () => {
  it('passes what can be split', () => {
    checkRng('f', createRng(0));
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [7, '7'],
    ['seed', '"seed"'],
    [{ seed: 7 }, '{seed: 7}'],
    [createRng, 'the function createRng'],
  ])('refuses %o', (rng, got) => {
    expect(() => checkRng('f', rng as never)).toThrow(
      new TypeError(`f: rng must be an Rng, got ${got}; createRng(seed) of @immiscible/core makes one`),
    );
  });
});
