import { type BooleanFlag, jsonFlag } from '@immiscible/command-line';
import { METRICS } from '../node/metric-names.js';

/** What `fid` takes. */
export const fidFlags = {
  extractor: {
    kind: 'text',
    hint: 'NAME|FILE.mjs',
    default: 'inception',
    about:
      'inception, random, values, fashion, or a module of yours (.mjs) that exports one; the named ones but inception need no download',
  },
  dims: {
    kind: 'choice',
    hint: 'N',
    choices: ['64', '192', '768', '2048'],
    sets: 'layer',
    default: '2048',
    about: "Inception's features: 2048, or 64, 192, 768 of an inner layer, which is not FID",
  },
  'features-of': {
    kind: 'text',
    hint: 'NAME',
    about: "what .npy features (or an .npz that doesn't say) are of: clip-vit-b32, dinov2-vitl14, …",
  },
  mode: {
    kind: 'choice',
    choices: ['pytorch', 'clean', 'legacy_tensorflow'],
    default: 'pytorch',
    about: 'how pictures are resized',
  },
  num: { kind: 'integer', least: 1, about: 'take the first this many images; fewer are an error' },
  'allow-few': { kind: 'boolean', about: 'let sets pass that have no more images than features' },
  metrics: {
    kind: 'choices',
    choices: METRICS as typeof METRICS,
    about: 'besides the distance, with commas between; A is the real set, B the generated',
  },
  'kid-subsets': { kind: 'integer', least: 1, sets: 'subsets', default: 100, about: 'how many' },
  'kid-subset-size': {
    kind: 'integer',
    least: 1,
    sets: 'subsetSize',
    default: 1000,
    about: 'images in each',
  },
  'kid-degree': { kind: 'number', sets: 'degree', about: "of the polynomial kernel, if not KID's 3" },
  'kid-gamma': { kind: 'number', sets: 'gamma', about: "its factor, if not KID's 1/D" },
  'kid-coef0': { kind: 'number', sets: 'coef0', about: "its constant, if not KID's 1" },
  'kid-sigma': { kind: 'number', sets: 'sigma', about: 'of a Gaussian kernel instead' },
  projections: { kind: 'integer', least: 1, default: 1000, about: "mind's directions" },
  threshold: {
    kind: 'number',
    above: 0,
    most: 1,
    default: 0.1,
    about: "mifid's, from which a distance is no copy",
  },
  k: { kind: 'integer', least: 1, default: 5, about: "prdc's nearest neighbor" },
  splits: { kind: 'integer', least: 1, default: 10, about: "the Inception Score's" },
  points: { kind: 'integer', least: 1, default: 15, about: 'numbers of images that infinity goes through' },
  smallest: { kind: 'integer', least: 1, default: 5000, about: 'the smallest of them' },
  replicates: { kind: 'integer', least: 1, default: 200, about: "the interval's" },
  level: { kind: 'number', above: 0, below: 1, default: 0.95, about: "the interval's, in (0, 1)" },
  seed: { kind: 'integer', least: 0, default: 0, about: 'of what is drawn at random' },
  weights: {
    kind: 'text',
    hint: 'FILE',
    about: "Inception's .pth or .safetensors, if not where fetch-inception put it",
  },
  'batch-size': { kind: 'integer', least: 1, about: 'images per forward pass' },
  workers: { kind: 'integer', least: 0, about: 'threads that decode pictures' },
  'skip-damaged': { kind: 'boolean', about: 'leave out pictures that are damaged, and name them' },
  backend: {
    kind: 'choice',
    choices: ['native', 'wasm', 'cpu'],
    about: 'the engine; the fastest there is, if not given',
  },
  'save-stats': { kind: 'boolean', about: "write A's statistics to B" },
  json: jsonFlag as BooleanFlag,
} as const;
