import { join } from 'node:path';
import { stamp } from '../run/folder.js';
import { RUNS } from '../run/latest.js';
import { shortPath } from '../run/paths.js';
import { say } from '../terminal.js';
import { toyFigure } from '../toy/toy-figure.js';
import { toyMarkdown } from '../toy/toy-markdown.js';
import { toyCouplings, toyMethods } from '../toy/toy-methods.js';
import type { ToyCurve, ToyResults } from '../toy/toy-results.js';
import { chanceDistance, type ToySettings, trainToy } from '../toy/toy-run.js';
import { toySets } from '../toy/toy-sets.js';
import { type Command, type Given, integer, oneOf, text } from './command.js';
import { outputFolder, replaceFlag } from './output.js';
import { backendFlag, BACKENDS } from './run-flags.js';
import { startEngine } from './start-engine.js';

const SEEDS = 3;
const SETTINGS: ToySettings = {
  steps: 1000,
  evaluations: 5,
  batchSize: 256,
  width: 128,
  layers: 3,
  learningRate: 2e-3,
  samples: 2000,
};

export const toy2d: Command = {
  name: 'toy-2d',
  description: 'Train every method with every coupling on points in the plane, and draw what comes out',
  flags: {
    seeds: { type: 'string', valueHint: 'N', description: `How many, from 0 on (${SEEDS})` },
    steps: { type: 'string', valueHint: 'N', description: `Training steps (${SETTINGS.steps})` },
    method: { type: 'string', valueHint: 'NAME', description: `Only this: ${options(toyMethods)}` },
    set: { type: 'string', valueHint: 'NAME', description: `Only this: ${options(toySets)}` },
    ...backendFlag,
    out: { type: 'string', valueHint: 'DIR', description: 'Where to (runs/toy-2d-TIME)' },
    ...replaceFlag,
  },
  async run(given) {
    const count = integer(given, 'seeds', 1) ?? SEEDS;
    const steps = integer(given, 'steps', SETTINGS.evaluations) ?? SETTINGS.steps;
    const methods = only(given, 'method', toyMethods);
    const sets = only(given, 'set', toySets);
    const backend = oneOf(given, 'backend', BACKENDS);
    const out = outputFolder(
      text(given, 'out') ?? join(RUNS, `toy-2d-${stamp(new Date())}`),
      ['results.json', 'toy-2d-few.svg', 'toy-2d-many.svg', 'README.md'],
      given,
    );
    const engine = await startEngine(backend);
    const seeds = Array.from({ length: count }, (_, seed) => seed);
    const settings = { ...SETTINGS, steps };

    const runs = Object.keys(sets).flatMap((set) =>
      Object.keys(methods).flatMap((method) =>
        Object.keys(toyCouplings).flatMap((coupling) =>
          seeds.map((seed) => ({ set, method, coupling, seed })),
        ),
      ),
    );
    const curves: ToyCurve[] = [];
    const start = performance.now();
    for (const { set, method, coupling, seed } of runs) {
      const points = await trainToy(
        sets[set] as (typeof toySets)[string],
        methods[method] as (typeof toyMethods)[string],
        coupling,
        seed,
        settings,
      );
      curves.push({ set, method, coupling, seed, points });
      const seconds = (performance.now() - start) / 1000;
      const left = (seconds / curves.length) * (runs.length - curves.length);
      const end = points.at(-1);
      say(
        `${curves.length}/${runs.length}  ${set}, ${method}, ${coupling}, seed ${seed}: ` +
          `${end?.few.toFixed(4)} | ${end?.many.toFixed(4)}   about ${Math.ceil(left / 60)} min left`,
      );
    }
    const results: ToyResults = {
      format: 1,
      command: ['npx @immiscible/cli toy-2d', ...flags(given)].join(' '),
      engine: `${engine.name} ${engine.version}`,
      settings,
      seeds,
      samplingSteps: Object.fromEntries(Object.entries(methods).map(([name, { steps: own }]) => [name, own])),
      chance: Object.fromEntries(
        Object.entries(sets).map(([name, set]) => [
          name,
          seeds.map((seed) => chanceDistance(set, seed, settings.samples)),
        ]),
      ),
      curves,
    };
    out.write('results.json', `${JSON.stringify(results)}\n`);
    out.write('toy-2d-few.svg', toyFigure(results, 'few'));
    out.write('toy-2d-many.svg', toyFigure(results, 'many'));
    out.write('README.md', toyMarkdown(results));
    say(`written to ${shortPath(out.path)}`);
    return 0;
  },
};

function options(named: object): string {
  return Object.keys(named).join('; ');
}

function only<T>(
  given: Given,
  flag: string,
  named: Readonly<Record<string, T>>,
): Readonly<Record<string, T>> {
  const name = oneOf(given, flag, Object.keys(named));
  return name === undefined ? named : { [name]: named[name] as T };
}

function flags({ flags: given }: Given): string[] {
  const words = Object.entries(given).flatMap(([name, value]) =>
    typeof value === 'string' && name !== 'out' ? [`--${name}="${value}"`] : [],
  );
  return words.length > 0 ? ['--', ...words] : [];
}
