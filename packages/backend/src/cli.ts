#!/usr/bin/env node
import { defineCommand, runMain } from 'citty';
import { installNative } from './node/install.js';

const install = defineCommand({
  meta: { name: 'install', description: 'Put a current libtensorflow under @tensorflow/tfjs-node-gpu' },
  args: {
    gpu: { type: 'boolean', description: 'the CUDA 12 build (untried on a GPU so far)', default: false },
    force: { type: 'boolean', description: 'anew, even if an engine is there', default: false },
    quiet: { type: 'boolean', description: 'say nothing but errors', default: false },
  },
  async run({ args }) {
    const installed = await installNative({
      gpu: args.gpu,
      force: args.force,
      onProgress: ({ message }) => {
        if (!args.quiet) console.log(message);
      },
    });
    if (!args.quiet) console.log(`${JSON.stringify(installed)}`);
  },
});

await runMain(
  defineCommand({
    meta: { name: 'backend', description: 'Engines for TensorFlow.js' },
    subCommands: { install },
  }),
);
