import type { Resources } from '../contracts.ts';
import type { Resolve } from '../resources/resolve.ts';
import { asRecord } from './types.ts';

/** What to do with a local cloud that has just started. */
export function banner(place: Readonly<{ endpoint: string; region: string; stateDir: string }>, inbox?: Inbox): string {
  const aws = `AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local aws --endpoint-url ${place.endpoint} --region ${place.region}`;
  const drop = inbox && [
    `  bucket    ${inbox.bucket}`,
    '',
    '  Drop a first file from another terminal, and watch here what becomes of it:',
    `    ${aws} s3 cp README.md s3://${inbox.bucket}/${inbox.prefix}`,
  ];
  return [
    '',
    'The local cloud is ready.',
    '',
    `  endpoint  ${place.endpoint}`,
    `  state     ${place.stateDir}`,
    ...(drop ?? []),
    '',
    '  Ctrl-C ends it. The state is kept; --fresh begins anew.',
    '',
  ].join('\n');
}

/** Where a dropped file is noticed. */
export type Inbox = Readonly<{ bucket: string; prefix: string }>;

/** The first bucket of the template that notifies anybody, with the prefix it watches. */
export function findInbox(resources: Resources, resolve: Resolve): Inbox | undefined {
  for (const [logicalId, { Type, Properties = {} }] of Object.entries(resources)) {
    const targets = Object.values(asRecord(Properties['NotificationConfiguration'])).flat();
    if (Type !== 'AWS::S3::Bucket' || targets.length === 0) continue;
    const filter = asRecord(asRecord(asRecord(targets[0])['Filter'])['S3Key']);
    const rules = Array.isArray(filter['Rules']) ? filter['Rules'].map(asRecord) : [];
    const prefix = rules.find((rule) => String(rule['Name']).toLowerCase() === 'prefix')?.['Value'] ?? '';
    return { bucket: String(resolve({ Ref: logicalId })), prefix: String(resolve(prefix)) };
  }
  return undefined;
}
