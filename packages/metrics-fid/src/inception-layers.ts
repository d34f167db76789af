/** One convolution with what follows it: batch norm (ε = 0.001) and ReLU. */
export interface InceptionLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** Height and width. */
  readonly kernel: readonly [number, number];
  readonly stride: 1 | 2;
  readonly padding: 'same' | 'valid';
}

const layers = new Map<string, InceptionLayer>();

/** `kernel` is `"3"` or `"1x7"`; `"3/2"` has stride 2 and, as all that shrinks, no padding. */
function layer(name: string, inputs: number, outputs: number, kernel: string, valid = false): number {
  const [size, stride = '1'] = kernel.split('/') as [string, string?];
  const [height, width = height] = size.split('x').map(Number) as [number, number?];
  layers.set(name, {
    inputs,
    outputs,
    kernel: [height, width],
    stride: stride === '2' ? 2 : 1,
    padding: valid || stride === '2' ? 'valid' : 'same',
  });
  return outputs;
}

/** A chain of convolutions, each `[outputs, kernel]`. */
function branch(
  names: readonly string[],
  inputs: number,
  steps: readonly (readonly [number, string])[],
): void {
  names.forEach((name, i) => {
    const [outputs, kernel] = steps[i] as readonly [number, string];
    inputs = layer(name, inputs, outputs, kernel);
  });
}

const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}_${i + 1}`);

function blockA(name: string, inputs: number, pool: number): void {
  layer(`${name}.branch1x1`, inputs, 64, '1');
  branch(numbered(`${name}.branch5x5`, 2), inputs, [
    [48, '1'],
    [64, '5'],
  ]);
  branch(numbered(`${name}.branch3x3dbl`, 3), inputs, [
    [64, '1'],
    [96, '3'],
    [96, '3'],
  ]);
  layer(`${name}.branch_pool`, inputs, pool, '1');
}

function blockC(name: string, c: number): void {
  layer(`${name}.branch1x1`, 768, 192, '1');
  branch(numbered(`${name}.branch7x7`, 3), 768, [
    [c, '1'],
    [c, '1x7'],
    [192, '7x1'],
  ]);
  branch(numbered(`${name}.branch7x7dbl`, 5), 768, [
    [c, '1'],
    [c, '7x1'],
    [c, '1x7'],
    [c, '7x1'],
    [192, '1x7'],
  ]);
  layer(`${name}.branch_pool`, 768, 192, '1');
}

function blockE(name: string, inputs: number): void {
  layer(`${name}.branch1x1`, inputs, 320, '1');
  layer(`${name}.branch3x3_1`, inputs, 384, '1');
  layer(`${name}.branch3x3_2a`, 384, 384, '1x3');
  layer(`${name}.branch3x3_2b`, 384, 384, '3x1');
  branch(numbered(`${name}.branch3x3dbl`, 2), inputs, [
    [448, '1'],
    [384, '3'],
  ]);
  layer(`${name}.branch3x3dbl_3a`, 384, 384, '1x3');
  layer(`${name}.branch3x3dbl_3b`, 384, 384, '3x1');
  layer(`${name}.branch_pool`, inputs, 192, '1');
}

layer('Conv2d_1a_3x3', 3, 32, '3/2');
layer('Conv2d_2a_3x3', 32, 32, '3', true);
layer('Conv2d_2b_3x3', 32, 64, '3');
layer('Conv2d_3b_1x1', 64, 80, '1');
layer('Conv2d_4a_3x3', 80, 192, '3', true);
blockA('Mixed_5b', 192, 32);
blockA('Mixed_5c', 256, 64);
blockA('Mixed_5d', 288, 64);
layer('Mixed_6a.branch3x3', 288, 384, '3/2');
branch(numbered('Mixed_6a.branch3x3dbl', 3), 288, [
  [64, '1'],
  [96, '3'],
  [96, '3/2'],
]);
blockC('Mixed_6b', 128);
blockC('Mixed_6c', 160);
blockC('Mixed_6d', 160);
blockC('Mixed_6e', 192);
branch(numbered('Mixed_7a.branch3x3', 2), 768, [
  [192, '1'],
  [320, '3/2'],
]);
branch(numbered('Mixed_7a.branch7x7x3', 4), 768, [
  [192, '1'],
  [192, '1x7'],
  [192, '7x1'],
  [192, '3/2'],
]);
blockE('Mixed_7b', 1280);
blockE('Mixed_7c', 2048);

/**
 * The 94 convolutions of the network, by their names in PyTorch's checkpoints.
 *
 * @see Szegedy et al. 2016, "Rethinking the Inception Architecture for Computer Vision" (arXiv:1512.00567)
 */
export const INCEPTION_LAYERS: ReadonlyMap<string, InceptionLayer> = layers;
/** Length of FID's feature vector: the averages of the last block's channels. */
export const INCEPTION_DIMENSIONS = 2048;
/** Channels of the 17×17 activations that sFID takes. */
export const SPATIAL_CHANNELS = 7;
/**
 * Where features are taken: after the last block (2,048 averages, FID's), averages of the channels after the first or
 * second pooling (64, 192) or after the last 17×17 block (768), or, for sFID, `'spatial'`: the first seven channels of
 * `mixed_6/conv` at each of 17×17 places, row by row with the channel running fastest, 2,023 in all.
 */
export type InceptionFeatureLayer = 64 | 192 | 768 | 2048 | 'spatial';
/** Length of a feature vector of each layer. */
export const FEATURE_LAYERS: ReadonlyMap<InceptionFeatureLayer, number> = new Map<
  InceptionFeatureLayer,
  number
>([
  [64, 64],
  [192, 192],
  [768, 768],
  [2048, INCEPTION_DIMENSIONS],
  ['spatial', 17 * 17 * SPATIAL_CHANNELS],
]);
/** Height and width of the network's images. */
export const INCEPTION_SIZE = 299;
/** Classes of the 2015 graph. */
export const INCEPTION_CLASSES = 1008;
