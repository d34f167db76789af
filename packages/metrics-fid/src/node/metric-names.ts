/** Metrics besides the distance. */
export const METRICS = ['sfid', 'kid', 'mind', 'mifid', 'prdc', 'is', 'infinity', 'interval'] as const;
/** What may be computed besides the distance. */
export type Metric = (typeof METRICS)[number];
