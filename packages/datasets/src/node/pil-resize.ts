import type { Picture } from './picture.js';

interface Filter {
  /** How far the kernel reaches at scale 1. */
  readonly support: number;
  readonly kernel: (x: number) => number;
}

/** Pillow's filters. */
const FILTERS: Readonly<Record<'box' | 'bicubic' | 'lanczos', Filter>> = {
  box: { support: 0.5, kernel: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bicubic: {
    support: 2,
    kernel: (x) => {
      const t = Math.abs(x);
      if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
      return t < 2 ? (((t - 5) * t + 8) * t - 4) * -0.5 : 0;
    },
  },
  lanczos: { support: 3, kernel: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Weights are whole numbers of this fraction. */
const UNIT = 2 ** 22;

interface Weights {
  readonly first: number;
  readonly weights: readonly number[];
}

/** For each new pixel, the old ones that it is made of. */
function weightsOf(from: number, to: number, { support, kernel }: Filter): Weights[] {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const reach = support * stretch;
  return Array.from({ length: to }, (_, i) => {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(from, Math.trunc(center + reach + 0.5));
    const raw = Array.from({ length: end - first }, (_, k) =>
      kernel((k + first - center + 0.5) * (1 / stretch)),
    );
    const sum = raw.reduce((total, weight) => total + weight, 0);
    const weights = raw.map((weight) => {
      const share = (sum === 0 ? weight : weight / sum) * UNIT;
      return Math.trunc(share < 0 ? share - 0.5 : share + 0.5);
    });
    return { first, weights };
  });
}

/**
 * Resizes as Pillow does, to the byte: rows and then columns, each pass rounded to bytes, the kernel stretched where the
 * picture gets smaller. What data sets of EDM, ADM and StyleGAN were made by.
 *
 * @see Pillow's `Image.resize` with `Resampling.BOX`, `BICUBIC` or `LANCZOS`
 */
export function pilResize(
  picture: Picture,
  height: number,
  width: number,
  filter: keyof typeof FILTERS,
): Picture {
  const { channels } = picture;
  let { data } = picture;
  const add = (from: Uint8Array, at: number, step: number, { first, weights }: Weights): number => {
    let sum = UNIT / 2;
    for (let k = 0; k < weights.length; k++) {
      sum += (weights[k] as number) * (from[at + (first + k) * step] as number);
    }
    return Math.min(255, Math.max(0, Math.floor(sum / UNIT)));
  };
  if (width !== picture.width) {
    const columns = weightsOf(picture.width, width, FILTERS[filter]);
    const out = new Uint8Array(picture.height * width * channels);
    for (let y = 0, next = 0; y < picture.height; y++) {
      for (const column of columns) {
        for (let c = 0; c < channels; c++)
          out[next++] = add(data, y * picture.width * channels + c, channels, column);
      }
    }
    data = out;
  }
  if (height !== picture.height) {
    const line = width * channels;
    const out = new Uint8Array(height * line);
    let next = 0;
    for (const row of weightsOf(picture.height, height, FILTERS[filter])) {
      for (let x = 0; x < line; x++) out[next++] = add(data, x, line, row);
    }
    data = out;
  }
  return { width, height, channels, data };
}
