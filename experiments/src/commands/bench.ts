import type { Command } from './command.js';
export const bench: Command = { name: 'bench', description: '', flags: {}, run: async () => 0 };
