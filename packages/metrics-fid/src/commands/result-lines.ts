import type { Comparison, SpatialDistance } from '../node/compare.js';
import type { FeatureMetrics } from '../node/compare-features.js';

/** All that is known of two sets. */
export type Result = Comparison & FeatureMetrics & { readonly sfid?: SpatialDistance };

/** What is printed of a result. */
export function resultLines(result: Result): string[] {
  const { metric, value, n, extractor, mode, sfid, kid, mind, mifid, prdc, is, infinity, interval, seed } =
    result;
  const says = result.claimed.length > 0 ? ` (as ${result.claimed.join(' and ')} says)` : '';
  const called = (inception: string, other: string) =>
    metric === 'FID' ? inception : metric.replace('FD', other);
  const from = n.map((count) => count ?? 'unknown').join(' and ');
  const out = [`${metric} ${value}`, `n ${from}, extractor ${extractor ?? 'unknown'}${says}`];
  if (mode !== null) out.push(`mode ${mode}`);
  if (sfid) out.push(`${sfid.metric} ${sfid.value} (${sfid.dimensions} features)`);
  if (interval) {
    const { low, high, standardError, level, replicates } = interval;
    const how = `${100 * level} %, ${replicates} replicates, seed ${seed}`;
    out.push(`interval ${low} to ${high}, standard error ${standardError} (${how})`);
  }
  if (infinity) {
    const [first] = infinity.points;
    const how = `${infinity.points.length} points from ${first?.n}, seed ${seed}`;
    out.push(`${metric}∞ ${infinity.value} (${how})`);
  }
  if (kid) {
    const name = kid.kernel ? metric.replace(/^FI?D/, 'KD') : called('KID', 'KD');
    const how = kid.kernel
      ? `, kernel ${Object.entries(kid.kernel)
          .map(([key, value]) => `${key} ${value}`)
          .join(' ')}`
      : '';
    out.push(`${name} ${kid.value} ± ${kid.std} (${kid.subsets} × ${kid.subsetSize}, seed ${seed}${how})`);
  }
  if (mind) out.push(`${called('MIND', 'MD')} ${mind.value} (${mind.projections} projections, seed ${seed})`);
  if (mifid) {
    const how = `cosine distance ${mifid.distance}, threshold ${mifid.threshold}`;
    out.push(`${called('MiFID', 'MiFD')} ${mifid.value} (${how})`);
  }
  if (prdc) {
    const { precision, recall, density, coverage, k } = prdc;
    out.push(`precision ${precision} recall ${recall} density ${density} coverage ${coverage} (k ${k})`);
  }
  if (is) out.push(`IS ${is.value} ± ${is.std} (${is.splits} splits)`);
  return out;
}
