export { eager } from './eager.js';
export { jit, type JitArguments, type JittedStep } from './jit.js';
export { type JitOptions } from './options.js';
export { type ProfileEntry } from './program.js';
export { jitModel, type JittedModel } from './jit-model.js';
