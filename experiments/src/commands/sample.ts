import type { Command } from './command.js';
export const sample: Command = { name: 'sample', description: '', flags: {}, run: async () => 0 };
