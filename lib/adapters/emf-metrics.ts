import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';

/** Where the metrics of every stage stand in CloudWatch. */
const namespace = 'Everyfile';

/**
 * Metrics as log lines in CloudWatch's embedded metric format: CloudWatch Logs makes metrics of them, so that no call is
 * made and nothing is waited for. The line goes to the standard output as it is, without the time and the request id
 * that the console puts before it, as AWS's own libraries do.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const createEmfMetrics = ({ stage, clock }: { stage: string; clock: Pick<Clock, 'now'> }): Metrics => ({
  record: (measures, dimensions = {}) => {
    const labels = { stage, ...dimensions };
    const names = Object.keys(measures).map((Name) => ({ Name, Unit: Name.endsWith('Seconds') ? 'Seconds' : 'Count' }));
    const directive = { Namespace: namespace, Dimensions: [Object.keys(labels)], Metrics: names };
    const metadata = { Timestamp: clock.now(), CloudWatchMetrics: [directive] };
    process.stdout.write(`${JSON.stringify({ _aws: metadata, ...labels, ...measures })}\n`);
  },
});
