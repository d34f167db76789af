import { type Command, defineCommand, jsonFlag } from '@immiscible/command-line';
import { loadConfig } from '../config/load.js';
import { figure, percent } from '../report/format.js';
import { align } from '../report/table.js';
import { measureCosts } from '../run/estimate.js';
import { createEvaluator } from '../run/evaluation.js';
import { checkModel, createParts } from '../run/parts.js';
import { machine } from '../run/provenance.js';
import { backendFlag, configFlag, DEFAULT_CONFIG, execution, jitFlag, threadFlag } from './run-flags.js';
import { startEngine } from './start-engine.js';

export const bench: Command = defineCommand({
  name: 'bench',
  about: 'Time a training step of each twin and an evaluation, without a run',
  flags: { ...configFlag, ...backendFlag, ...jitFlag, ...threadFlag, json: jsonFlag },
  run: async ({ flags }, terminal) => {
    const config = loadConfig(flags.config ?? DEFAULT_CONFIG);
    const engine = await startEngine(flags.backend);
    const parts = await createParts(config, execution(flags));
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
    if (flags.json) {
      terminal.log(JSON.stringify(result));
      return;
    }
    terminal.log(`${engine.name} ${engine.version}, ${result.machine.cores} × ${result.machine.cpu}`);
    terminal.log(`${config.name}: ${parameters} weights, batch ${config.batchSize}`);
    const rows = [...costs.step].map(([name, seconds]) => [
      name,
      `${figure(1000 * seconds)} ms`,
      percent(seconds / plain - 1),
    ]);
    terminal.log(align([['twin', 'a step', 'more than the least'], ...rows]).join('\n'));
    terminal.log(`evaluation of one twin: ${figure(costs.evaluation)} s`);
  },
});
