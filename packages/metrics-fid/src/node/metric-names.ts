/** Metrics beside the distance. */
export const METRICS = ['sfid', 'kid', 'mind', 'mifid', 'prdc', 'is', 'infinity', 'interval'] as const;
export type Metric = (typeof METRICS)[number];
