import { join } from 'node:path';
import { type Command, defineCommand, type FlagValues, type Terminal } from '@immiscible/command-line';
import { stamp } from '../run/folder.js';
import { RUNS } from '../run/latest.js';
import { shortPath } from '../run/paths.js';
import { toyFigure } from '../toy/toy-figure.js';
import { toyMarkdown } from '../toy/toy-markdown.js';
import { toyCouplings, toyMethods } from '../toy/toy-methods.js';
import type { ToyCurve, ToyResults } from '../toy/toy-results.js';
import { chanceDistance, type ToySettings, trainToy } from '../toy/toy-run.js';
import { toySets } from '../toy/toy-sets.js';
import { outputFolder, replaceFlag } from './output.js';
import { backendFlag } from './run-flags.js';
import { startEngine } from './start-engine.js';

const SETTINGS: ToySettings = {
  steps: 1000,
  evaluations: 5,
  batchSize: 256,
  width: 128,
  layers: 3,
  learningRate: 2e-3,
  samples: 2000,
};

const flags = {
  seeds: { kind: 'integer', least: 1, default: 3, about: 'how many, from 0 on' },
  steps: {
    kind: 'integer',
    least: SETTINGS.evaluations,
    default: SETTINGS.steps,
    sets: [],
    about: 'training steps',
  },
  method: only(toyMethods),
  set: only(toySets),
  ...backendFlag,
  out: { kind: 'text', hint: 'DIR', about: 'where to; runs/toy-2d-TIME, if not given' },
  ...replaceFlag,
} as const;

export const toy2d: Command = defineCommand({
  name: 'toy-2d',
  about: 'Train every method with every coupling on points in the plane, and draw what comes out',
  flags,
  run: async ({ flags: given }, terminal) => {
    const methods = chosen(toyMethods, given.method);
    const sets = chosen(toySets, given.set);
    const out = outputFolder(
      given.out ?? join(RUNS, `toy-2d-${stamp(new Date())}`),
      ['results.json', 'toy-2d-few.svg', 'toy-2d-many.svg', 'README.md'],
      given,
    );
    const engine = await startEngine(given.backend);
    const seeds = Array.from({ length: given.seeds }, (_, seed) => seed);
    const settings = { ...SETTINGS, steps: given.steps };
    const results: ToyResults = {
      format: 1,
      command: `npx @immiscible/cli toy-2d${typed(given)}`,
      engine: `${engine.name} ${engine.version}`,
      settings,
      seeds,
      samplingSteps: mapValues(methods, ({ steps }) => steps),
      chance: mapValues(sets, (set) => seeds.map((seed) => chanceDistance(set, seed, settings.samples))),
      curves: await curvesOf({ sets, methods, seeds, settings }, terminal),
    };
    out.write('results.json', `${JSON.stringify(results)}\n`);
    out.write('toy-2d-few.svg', toyFigure(results, 'few'));
    out.write('toy-2d-many.svg', toyFigure(results, 'many'));
    out.write('README.md', toyMarkdown(results));
    terminal.log(`written to ${shortPath(out.path)}`);
  },
});

type Named<T> = Readonly<Record<string, T>>;

interface Trainings {
  readonly sets: Named<(typeof toySets)[string]>;
  readonly methods: Named<(typeof toyMethods)[string]>;
  readonly seeds: readonly number[];
  readonly settings: ToySettings;
}

/** Trains all of them, and tells how long it still takes. */
async function curvesOf(
  { sets, methods, seeds, settings }: Trainings,
  terminal: Terminal,
): Promise<ToyCurve[]> {
  const trainings = Object.entries(sets).flatMap(([set, points]) =>
    Object.entries(methods).flatMap(([method, by]) =>
      Object.keys(toyCouplings).flatMap((coupling) =>
        seeds.map((seed) => ({ names: { set, method, coupling, seed }, points, by })),
      ),
    ),
  );
  const curves: ToyCurve[] = [];
  const start = performance.now();
  for (const { names, points, by } of trainings) {
    const { set, method, coupling, seed } = names;
    const curve = await trainToy({ set: points, method: by, coupling, seed }, settings);
    curves.push({ ...names, points: curve });
    const seconds = (performance.now() - start) / 1000;
    const left = (seconds / curves.length) * (trainings.length - curves.length);
    const end = curve.at(-1);
    terminal.log(
      `${curves.length}/${trainings.length}  ${set}, ${method}, ${coupling}, seed ${seed}: ` +
        `${end?.few.toFixed(4)} | ${end?.many.toFixed(4)}   about ${Math.ceil(left / 60)} min left`,
    );
  }
  return curves;
}

/** A flag for one of these, whose names have commas in them. */
function only(named: object) {
  const choices = Object.keys(named);
  return {
    kind: 'choice',
    choices,
    hint: 'NAME',
    sets: [],
    about: `only this: ${choices.join('; ')}`,
  } as const;
}

function chosen<T>(named: Named<T>, name: string | undefined): Named<T> {
  return name === undefined ? named : { [name]: named[name] as T };
}

function mapValues<T, U>(named: Named<T>, of: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [name, of(value)]));
}

/** The flags that say what comes out, as they are typed. */
function typed({ seeds, steps, method, set, backend }: FlagValues<typeof flags>): string {
  const other = {
    ...(seeds !== flags.seeds.default && { seeds }),
    ...(steps !== flags.steps.default && { steps }),
    ...{ method, set, backend },
  };
  return Object.entries(other)
    .flatMap(([name, value]) => (value === undefined ? [] : [` --${name}="${value}"`]))
    .join('');
}
