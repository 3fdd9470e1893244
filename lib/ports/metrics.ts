/** Numbers by name. A name that ends in `Seconds` is a time, any other a count. */
export type Measures = Readonly<Record<string, number>>;

/**
 * What alarms and the dashboard count. `dimensions` tell series apart, beside the stage that each carries: only values
 * of a small, fixed set, since every combination is a metric that is billed.
 */
export type Metrics = Readonly<{
  record(measures: Measures, dimensions?: Readonly<Record<string, string>>): void;
}>;
