import { figure, percent } from '../report/format.js';
import { align } from '../report/table.js';
import { measureCosts } from '../run/estimate.js';
import { createEvaluator } from '../run/evaluation.js';
import { checkModel, createParts } from '../run/parts.js';
import { machine } from '../run/provenance.js';
import { loadConfig } from '../config/load.js';
import { say } from '../terminal.js';
import { type Command, oneOf, text } from './command.js';
import { backendFlag, BACKENDS, configFlag, execution, jitFlag, threadFlag } from './run-flags.js';
import { startEngine } from './start-engine.js';

export const bench: Command = {
  name: 'bench',
  description: 'Time a training step of each twin and an evaluation, without a run',
  flags: {
    ...configFlag,
    ...backendFlag,
    ...jitFlag,
    ...threadFlag,
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
  async run(given) {
    const backend = oneOf(given, 'backend', BACKENDS);
    const config = loadConfig(text(given, 'config') ?? 'fashion-ddim');
    const engine = await startEngine(backend);
    const parts = await createParts(config, execution(given));
    const parameters = checkModel(parts);
    // Nothing to report if it is stopped: a signal may end the process.
    const { signal } = new AbortController();
    const costs = await measureCosts(parts, await createEvaluator(parts, signal), signal);
    const plain = Math.min(...costs.step.values());
    const result = {
      engine: { name: engine.name, version: engine.version },
      machine: machine(),
      config: config.name,
      parameters,
      batchSize: config.batchSize,
      secondsPerStep: Object.fromEntries(costs.step),
      secondsPerEvaluation: costs.evaluation,
    };
    if (given.flags['json'] === true) {
      say(JSON.stringify(result));
      return 0;
    }
    say(`${engine.name} ${engine.version}, ${result.machine.cores} × ${result.machine.cpu}`);
    say(`${config.name}: ${parameters} weights, batch ${config.batchSize}`);
    const rows = [...costs.step].map(([name, seconds]) => [
      name,
      `${figure(1000 * seconds)} ms`,
      percent(seconds / plain - 1),
    ]);
    say(align([['twin', 'a step', 'more than the least'], ...rows]).join('\n'));
    say(`evaluation of one twin: ${figure(costs.evaluation)} s`);
    return 0;
  },
};
