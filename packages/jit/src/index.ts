export { eager } from './eager.js';
export { jit, type JitArguments, type JitOptions, type JittedStep } from './jit.js';
export { type ProfileEntry } from './program.js';
export { jitModel, type JittedModel } from './jit-model.js';
