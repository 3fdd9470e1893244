import { cloudWith, limitMs } from '../end-to-end/cloud-with.ts';
import { waitFor } from '../end-to-end/support.ts';
import { scaled } from './scale.ts';

/** Half a minute in full; less would be over before the SDK's own few attempts are. */
const throttledMs = Math.max(6_000, scaled(30_000));
const count = 40;

// As with the times of a deployed stage, a lease outlives it, and so does a run.
const params = { ingest: 'queue', leaseMs: Math.min(54_000, 2 * throttledMs), relayTimeoutSeconds: 120 };
const cloud = cloudWith({ params });

it(
  `${throttledMs / 1000} s in which DynamoDB, SQS and S3 refuse every call spend no attempt and lose nothing`,
  async () => {
    const files = await cloud.putMany('throttled', count);
    // It begins in the middle of the work: files are claimed, and cannot be read.
    await cloud.control('faults', { throttle: { s3: { share: 1, operation: 'GetObject' } } });
    await cloud.control('schedules', { paused: false });
    await waitFor('a file that cannot be read', async () => {
      const { entries } = await cloud.requests();
      return entries.find(({ operation, status }) => operation === 'GetObject' && status === 503);
    });
    const forMs = throttledMs;
    await cloud.control('faults', {
      throttle: { dynamodb: { forMs }, s3: { forMs } },
      fail: { sqs: { forMs } },
    });
    const endsAt = Date.now() + forMs;
    await waitFor('it to end', () => Promise.resolve(Date.now() > endsAt || undefined));

    const items = await cloud.untilDone(files);
    expect(items.filter(({ attempts }) => attempts !== 1)).toEqual([]);
    // Some were caught in their middle, and begun again.
    expect(items.filter(({ fence }) => fence > 1)).not.toEqual([]);
    expect(await cloud.messages('everyfile-local-work-dlq')).toBe(0);
  },
  limitMs,
);
