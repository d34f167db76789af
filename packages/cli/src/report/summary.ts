import type { CouplingConfig } from '../registry/couplings.js';
import type { ExperimentConfig } from '../config/experiment.js';

/** One evaluation of one twin: a distance with all that is needed to compare it with another. */
export interface CurvePoint {
  readonly step: number;
  /** The twin's own training clock, without evaluations. */
  readonly seconds: number;
  /** `FD-<extractor>`: never FID, which is that of the 2015 Inception network. */
  readonly metric: string;
  readonly value: number;
  /** Generated images. */
  readonly n: number;
  readonly samplingSteps: number;
  readonly sampler: string;
  /** Id of the feature extractor: name and checksum of its weights. */
  readonly extractor: string;
}

/** A picture of samples in the run's folder. */
export interface GridFile {
  readonly samplingSteps: number;
  readonly step: number;
  /** Relative to the run's folder. */
  readonly file: string;
}

export interface TwinSummary {
  readonly name: string;
  readonly coupling: CouplingConfig;
  /** Training steps done. */
  readonly steps: number;
  /** Their wall-clock time, without evaluations. */
  readonly seconds: number;
  readonly curve: readonly CurvePoint[];
  /** Mean loss of consecutive spans of steps; `step` is the end of the span. Not comparable between couplings. */
  readonly loss: readonly { readonly step: number; readonly value: number }[];
  /** Share of `seconds` spent on choosing the noise. */
  readonly couplingShare: number;
  /** As much of `seconds` was another thread at it meanwhile. */
  readonly couplingAhead: number;
  /** `1 − after/before` of `distance`. */
  readonly distanceDrop: number;
  /** Mean Euclidean distance from an image to its noise: with the noise as drawn, and as coupled. */
  readonly distance: { readonly before: number; readonly after: number };
  readonly grids: readonly GridFile[];
  /** The last good checkpoint, relative to the run's folder. */
  readonly checkpoint?: string;
}

/** The first twin against another, at one number of sampling steps. */
export interface Comparison {
  readonly baseline: string;
  readonly other: string;
  readonly samplingSteps: number;
  /** The last step at which both were evaluated. */
  readonly step: number;
  readonly baselineValue: number;
  readonly otherValue: number;
  /** `ln(otherValue / baselineValue)`. */
  readonly logRatio: number;
  /** Its standard error from the finite number of samples; see `jackknife`. */
  readonly standardError: number | null;
  readonly verdict: 'lower' | 'higher' | 'equal within noise';
  /** The baseline's least distance and where it was. */
  readonly best: { readonly value: number; readonly step: number; readonly seconds: number };
  /** Where the other's curve first is as low, between evaluations by interpolation; null: never in this run. */
  readonly reached: { readonly step: number; readonly seconds: number; readonly atFirst: boolean } | null;
  /** `best.step / reached.step`; a lower bound where the other was as low at its first evaluation. */
  readonly speedUp: number | null;
  /** The same in seconds of training, what the coupling takes included. */
  readonly speedUpSeconds: number | null;
}

export interface Summary {
  readonly format: 1;
  readonly status: 'running' | 'finished' | 'interrupted' | 'failed';
  /** Why it failed, and where the last good checkpoint is. */
  readonly error?: string;
  readonly engine: { readonly name: string; readonly version: string; readonly reason: string };
  readonly config: ExperimentConfig;
  readonly seed: number;
  /** What to type to repeat the run. */
  readonly command: string;
  readonly git: { readonly commit: string; readonly dirty: boolean } | null;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly startedAt: string;
  /** Wall-clock time of all of it, evaluations too. */
  readonly wallSeconds: number;
  readonly parameters: number;
  readonly evaluation: {
    readonly metric: string;
    readonly extractor: string;
    readonly n: number;
    readonly samplingSteps: readonly number[];
    /** Real images that the reference statistics are of. */
    readonly referenceImages: number;
    /** The distance of `floorN` real images from the rest of them: what a perfect model would score. */
    readonly floor: number;
    /** As many as `n`, or half of the reference images where that is less. Absent in runs before it was told: then `n`. */
    readonly floorN?: number;
  };
  readonly twins: readonly TwinSummary[];
  readonly comparisons: readonly Comparison[];
}
