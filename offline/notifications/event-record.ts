import { createHash } from 'node:crypto';
import type { ObjectEvent } from '../contracts.ts';
import { localRegion } from '../resources/physical-names.ts';
import { encodeEventKey } from './event-key.ts';

/** Who owns every bucket here. */
const ownerPrincipalId = 'A0EVERYFILELOCAL';

const hostId = (requestId: string): string => createHash('sha384').update(requestId).digest('base64');

/** The event as S3 sends it, one record to a message: record version 2.1, as of AWS's "event message structure" page. */
export const eventMessage = (event: ObjectEvent, configurationId: string): string =>
  JSON.stringify({
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: localRegion,
        eventTime: event.eventTime.toISOString(),
        eventName: event.eventName,
        userIdentity: { principalId: event.principalId },
        requestParameters: { sourceIPAddress: event.sourceIpAddress },
        responseElements: { 'x-amz-request-id': event.requestId, 'x-amz-id-2': hostId(event.requestId) },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId,
          bucket: {
            name: event.bucket,
            ownerIdentity: { principalId: ownerPrincipalId },
            arn: `arn:aws:s3:::${event.bucket}`,
          },
          object: {
            key: encodeEventKey(event.key),
            size: event.size,
            eTag: event.eTag,
            versionId: event.versionId,
            sequencer: event.sequencer,
          },
        },
      },
    ],
  });

/** What S3 sends to a queue or topic, and not to a function, when a notification to it is first configured. */
export const testMessage = (bucket: string, now: Date, requestId: string): string =>
  JSON.stringify({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: now.toISOString(),
    Bucket: bucket,
    RequestId: requestId,
    HostId: hostId(requestId),
  });
