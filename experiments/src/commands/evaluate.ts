import type { Command } from './command.js';
export const evaluate: Command = { name: 'evaluate', description: '', flags: {}, run: async () => 0 };
