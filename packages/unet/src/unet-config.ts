import type { TimeEmbedding } from './time-embedding.js';

/** The shape of a U-Net; plain JSON. It holds for images of any size that the levels divide. */
export interface UnetConfig {
  /** Channels of the images that go in. */
  readonly imageChannels: number;
  /** Channels that come out: twice those of the images, say, for a learned variance. @defaultValue `imageChannels` */
  readonly outputChannels?: number;
  /** Channels of the first level, before its multiplier. */
  readonly channels: number;
  /** One level for each, the first at the highest resolution: its channels are `channels` times this. */
  readonly channelMultipliers: readonly number[];
  /** Residual blocks of a level on the way down; one more on the way up. */
  readonly blocksPerLevel: number;
  /** Levels (0 is the first) with attention after each residual block. @defaultValue none */
  readonly attentionLevels?: readonly number[];
  /** Whether that is after each block on the way up too, or after the last of a level only. @defaultValue 'each' */
  readonly upAttention?: 'each' | 'last';
  /** Whether there is attention between the two middle blocks. @defaultValue true */
  readonly middleAttention?: boolean;
  /** Heads of every attention. @defaultValue 1 */
  readonly attentionHeads?: number;
  /** Channels of every head: the wider the level, the more heads. Not both with `attentionHeads`. @defaultValue 0, off */
  readonly headChannels?: number;
  /** Groups of every normalization. @defaultValue 32 */
  readonly groups?: number;
  /** What is added to the variance in every normalization. @defaultValue 1e-6 */
  readonly normEpsilon?: number;
  /**
   * How a residual block is told of time and class: `shift` adds to what its second normalization takes, `scaleShift`
   * multiplies and adds to what that gives (adaptive group normalization). @defaultValue 'shift'
   */
  readonly conditioning?: 'shift' | 'scaleShift';
  /** What the first layer is given of the time. @defaultValue DDPM's sines and cosines */
  readonly timeEmbedding?: TimeEmbedding;
  /** Width of the time embedding after its dense layers. @defaultValue `4·channels` */
  readonly timeChannels?: number;
  /** Number of classes, for a class-conditional network. @defaultValue 0, none */
  readonly classes?: number;
  /**
   * How likely an image's label is taken for −1, no class, while training, which is when `apply` gets a `dropoutSeed`:
   * for classifier-free guidance. @defaultValue 0
   */
  readonly labelDropout?: number;
  /**
   * How likely an activation of a residual block is zero while training; rounded to a multiple of 1/4096.
   * @defaultValue 0
   */
  readonly dropout?: number;
  /**
   * Between levels a convolution (of stride 2, or after nearest-neighbor upsampling), or a residual block that resamples
   * on both of its branches. @defaultValue 'convolution'
   */
  readonly resampling?: 'convolution' | 'residual';
  /** What the resampling of `residual` filters with, in each direction. @defaultValue [1, 1] */
  readonly resampleFilter?: readonly [1, 1] | readonly [1, 3, 3, 1];
  /** Whether the shortcut of a block that resamples has a 1×1 convolution all the same. @defaultValue 'identity' */
  readonly resampleSkip?: 'identity' | 'projection';
  /** Where a convolution of stride 2 has its zeros: after the last row and column, or all around. @defaultValue 'end' */
  readonly downsamplePadding?: 'end' | 'both';
  /** Whether what adds two branches divides by √2. @defaultValue false */
  readonly skipRescale?: boolean;
  /** Whether each level down also gets the image, by convolutions of stride 2 after the filter. @defaultValue false */
  readonly progressiveInput?: boolean;
  /** Whether the network takes an estimate beside each image. @see selfConditioned @defaultValue false */
  readonly selfConditioning?: boolean;
  /** Whether images come in [0, 1] and are moved to [−1, 1] first. @defaultValue false */
  readonly centerInput?: boolean;
  /** Whether the output is divided by the time, which is a noise level then. @defaultValue false */
  readonly divideByTime?: boolean;
  /**
   * Blocks of r×r pixels become channels before the first convolution, and channels pixels after the last: fewer,
   * wider pixels, which is how a small network uses a processor best.
   *
   * @defaultValue `{ spaceToDepth: 1 }`, no change
   */
  readonly stem?: { readonly spaceToDepth: 1 | 2 | 4 };
}

/** A configuration with all that it leaves open filled in. */
export type ResolvedUnetConfig = Required<Omit<UnetConfig, 'timeEmbedding'>> & {
  readonly timeEmbedding: Required<TimeEmbedding>;
};
