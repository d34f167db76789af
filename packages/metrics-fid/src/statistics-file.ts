import { check } from '@immiscible/core';
import { decodeSafetensors, encodeSafetensors } from '@immiscible/formats';
import type { ImageStatistics } from './image-statistics.js';

/**
 * Statistics as a safetensors file: `mean` and `covariance` in float64, `n` and `extractor` as metadata.
 *
 * @param statistics - borrowed
 */
export function encodeStatistics(statistics: ImageStatistics): Uint8Array<ArrayBuffer> {
  const { n, dimensions: d, mean, covariance, extractor } = statistics;
  return encodeSafetensors(
    {
      mean: { dtype: 'F64', shape: [d], data: mean },
      covariance: { dtype: 'F64', shape: [d, d], data: covariance },
    },
    { n: String(n), extractor },
  );
}

/**
 * Statistics from a file of {@link encodeStatistics}, bit for bit.
 *
 * @param bytes - the whole file; borrowed
 * @throws RangeError if the file is damaged, or holds something else
 */
export function decodeStatistics(bytes: Uint8Array): ImageStatistics {
  const fn = 'decodeStatistics';
  const { tensors, metadata } = decodeSafetensors(bytes);
  const { mean, covariance } = tensors;
  check(mean?.dtype === 'F64' && mean.shape.length === 1, fn, 'mean', 'float64 of shape [D]', mean);
  const d = mean.shape[0] as number;
  check(
    covariance?.dtype === 'F64' &&
      covariance.shape.length === 2 &&
      covariance.shape.every((size) => size === d),
    fn,
    'covariance',
    `float64 of shape [${d},${d}]`,
    covariance,
  );
  const { n, extractor } = metadata;
  const count = Number(n);
  check(Number.isInteger(count) && count >= 2, fn, 'n', 'an integer of at least 2', n);
  check(extractor !== undefined, fn, 'extractor', 'named', extractor);
  return { n: count, dimensions: d, mean: mean.data, covariance: covariance.data, extractor };
}
