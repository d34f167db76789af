import type { Command } from './command.js';
export const summarize: Command = { name: 'summarize', description: '', flags: {}, run: async () => 0 };
