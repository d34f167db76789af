import type { NdArray } from 'ndarray';
import ndarray from 'ndarray';

/** What one output pixel of a line is made of: `(1 − share)·line[low] + share·line[high]`. */
interface Tap {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

/**
 * Enlarges images bilinearly, with half-pixel centers: output pixel i samples the line at `(i + ½)·from/to − ½`, and
 * what lies outside takes the edge's value (as `align_corners=False` and OpenCV's `INTER_LINEAR` do).
 *
 * Computed on the host in float64 and rounded once, so that no backend has a say in it.
 *
 * @param images - float32 `[N,H,W,C]`, contiguous; borrowed
 * @returns float32 `[N,height,width,C]`
 */
export function enlarge(images: NdArray<Float32Array>, height: number, width: number): NdArray<Float32Array> {
  const [count, fromHeight, fromWidth, channels] = images.shape as [number, number, number, number];
  const rows = taps(fromHeight, height);
  const columns = taps(fromWidth, width);
  const { data, offset } = images;
  const out = new Float32Array(count * height * width * channels);
  const line = fromWidth * channels;
  let next = 0;
  for (let image = 0; image < count; image++) {
    const base = offset + image * fromHeight * line;
    for (const row of rows) {
      const low = base + row.low * line;
      const high = base + row.high * line;
      for (const column of columns) {
        for (let channel = 0; channel < channels; channel++) {
          const left = column.low * channels + channel;
          const right = column.high * channels + channel;
          const above = mix(data[low + left] as number, data[low + right] as number, column.share);
          const below = mix(data[high + left] as number, data[high + right] as number, column.share);
          out[next++] = mix(above, below, row.share);
        }
      }
    }
  }
  return ndarray(out, [count, height, width, channels]);
}

function mix(a: number, b: number, share: number): number {
  return (1 - share) * a + share * b;
}

function taps(from: number, to: number): Tap[] {
  return Array.from({ length: to }, (_, i) => {
    const at = ((i + 0.5) * from) / to - 0.5;
    const low = Math.floor(at);
    const inside = (j: number) => Math.min(Math.max(j, 0), from - 1);
    return { low: inside(low), high: inside(low + 1), share: at - low };
  });
}
