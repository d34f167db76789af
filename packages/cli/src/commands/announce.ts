import { duration } from '@immiscible/command-line';
import { count, samplingSteps } from '../report/format.js';
import type { Summary } from '../report/summary.js';
import type { RunFolder } from '../run/folder.js';
import type { Parts } from '../run/parts.js';
import { shortPath } from '../run/paths.js';
import type { Backend } from './run-flags.js';

/** What is about to run. */
export interface Announced {
  readonly parts: Parts;
  readonly engine: Summary['engine'];
  readonly parameters: number;
  readonly folder: RunFolder;
  readonly asked: Backend | undefined;
}

/** Tells what is about to run, and on what. */
export function announce(
  { parts: { config, dataset, extractor }, engine, parameters, folder, asked }: Announced,
  log: (line: string) => void,
): void {
  const { evaluation } = config;
  const [images, height, width] = dataset.shape;
  const lines: [string, string][] = [
    ['engine', `${engine.name} ${engine.version} (${engine.reason})`],
    ['config', `${config.name}: ${config.title}`],
    ['data', `${count(images)} images of ${dataset.name}, ${height}×${width}`],
    ...config.twins.map(({ name, coupling }, i): [string, string] => [
      i === 0 ? 'twins' : '',
      `${name} (${Object.values(coupling).join(', ')})`,
    ]),
    [
      'training',
      `${count(config.steps)} steps of ${config.batchSize} images for each, ${count(parameters)} weights, ` +
        `seed ${config.seed}`,
    ],
    [
      'judged',
      `every ${count(evaluation.every)} steps: distance on ${extractor.id} of ${count(evaluation.samples)} samples at ` +
        samplingSteps(...evaluation.samplingSteps),
    ],
    ['folder', shortPath(folder.path)],
  ];
  for (const [name, value] of lines) log(`${name.padEnd(9)} ${value}`);
  if (engine.name === 'wasm' && asked === undefined) {
    log(`${''.padEnd(9)} the native engine is several times faster: npx @immiscible/backend install`);
  }
}

/** How long it will take, and how to make it shorter where that is long. */
export function announceTime(seconds: number, steps: number, log: (line: string) => void): void {
  log(`time      about ${duration(seconds)}`);
  const long = 20 * 60;
  if (seconds > long) {
    const fewer = Math.max(1, Math.round((steps * 8 * 60) / seconds));
    log(`          to see it work in less: --steps ${fewer} (Ctrl-C leaves a report at any time)`);
  }
}
