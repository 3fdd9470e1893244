import type { LocalS3, Resources } from '../contracts.ts';
import type { LocalDynamoDb } from '../dynamodb/dynamodb.ts';
import type { LocalLogs } from '../logs/logs.ts';
import type { Messaging } from '../messaging/messaging.ts';
import { parseNotifications } from '../notifications/configuration.ts';
import type { Notification } from '../notifications/configuration.ts';
import { isObject } from './intrinsics.ts';
import { asAttribute, objectAt } from './properties.ts';
import type { Properties } from './properties.ts';
import { createQueue } from './queues.ts';
import type { Resolve } from './resolve.ts';
import { skippedTypes } from './skipped-types.ts';
import { createStateMachine } from './state-machines.ts';
import { createTable } from './tables.ts';
import { createSubscription, createTopic } from './topics.ts';
import type { LocalStepFunctions } from '../stepfunctions/step-functions.ts';

export type CreateOptions = Readonly<{
  resources: Resources;
  resolve: Resolve;
  s3: LocalS3;
  dynamodb: LocalDynamoDb;
  messaging: Messaging;
  logs: LocalLogs;
  stepFunctions: LocalStepFunctions;
  /** One line for each resource that is left out or made only in part. */
  warn: (line: string) => void;
}>;

/** What the notifier must know of the buckets: each one's notifications. */
export type Created = Readonly<{ notifications: ReadonlyMap<string, readonly Notification[]> }>;

type Creator = (logicalId: string, properties: Properties) => Promise<void>;

/** A topic must stand before it is subscribed, and queues and topics before a bucket sends its test message. */
const order = [
  'AWS::SQS::Queue',
  'AWS::SNS::Topic',
  'AWS::SNS::Subscription',
  'AWS::DynamoDB::Table',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::Logs::LogGroup',
  'AWS::StepFunctions::StateMachine',
] as const;

/**
 * Creates what the template's `Resources` ask for. It may run again and again on the same state: what exists stays,
 * with its content, and gets the template's settings.
 *
 * @throws when a resource cannot be made as the template says; the message names it.
 */
export const createResources = async (options: CreateOptions): Promise<Created> => {
  const { resources, resolve, s3, dynamodb, messaging, logs, warn } = options;
  const notifications = new Map<string, readonly Notification[]>();

  const nameOf = (intrinsic: unknown): string => String(resolve(intrinsic));

  const subscribe = (logicalId: string, properties: Properties): Promise<void> =>
    createSubscription(messaging.sns, logicalId, properties, warn);

  const creators: Readonly<Record<(typeof order)[number], Creator>> = {
    'AWS::SQS::Queue': (logicalId, properties) =>
      createQueue(messaging.sqs, nameOf({ 'Fn::GetAtt': [logicalId, 'QueueName'] }), properties),
    'AWS::SNS::Topic': async (logicalId, properties) => {
      await createTopic(messaging.sns, nameOf({ 'Fn::GetAtt': [logicalId, 'TopicName'] }), properties);
      const inline = Array.isArray(properties['Subscription']) ? properties['Subscription'].filter(isObject) : [];
      const TopicArn = resolve({ Ref: logicalId });
      for (const subscription of inline) await subscribe(logicalId, { ...subscription, TopicArn });
    },
    'AWS::SNS::Subscription': subscribe,
    'AWS::DynamoDB::Table': (logicalId, properties) =>
      createTable(dynamodb, nameOf({ Ref: logicalId }), properties, warn),
    'AWS::S3::Bucket': (logicalId, properties) => {
      const bucket = nameOf({ Ref: logicalId });
      s3.createBucket(bucket, { versioned: objectAt(properties, 'VersioningConfiguration')['Status'] === 'Enabled' });
      notifications.set(bucket, parseNotifications(bucket, properties['NotificationConfiguration']));
      return Promise.resolve();
    },
    'AWS::S3::BucketPolicy': (_logicalId, { Bucket, PolicyDocument }) => {
      s3.putBucketPolicy(String(Bucket), asAttribute(PolicyDocument));
      return Promise.resolve();
    },
    'AWS::Logs::LogGroup': (logicalId, { RetentionInDays }) => {
      logs.createGroup(nameOf({ Ref: logicalId }), RetentionInDays === undefined ? undefined : Number(RetentionInDays));
      return Promise.resolve();
    },
    'AWS::StepFunctions::StateMachine': (logicalId, properties) => {
      const [arn, name] = [nameOf({ Ref: logicalId }), nameOf({ 'Fn::GetAtt': [logicalId, 'Name'] })];
      createStateMachine(options.stepFunctions, { arn, name }, properties, warn);
      return Promise.resolve();
    },
  };

  const isWanted = (condition: string | undefined): boolean =>
    condition === undefined || resolve({ 'Fn::If': [condition, true, false] }) === true;

  const wanted = Object.entries(resources).filter(([, { Condition }]) => isWanted(Condition));
  for (const [logicalId, { Type }] of wanted) {
    if (!(Type in creators) && !skippedTypes.has(Type)) warn(`${logicalId}: the local cloud has no ${Type}.`);
  }
  for (const type of order) {
    for (const [logicalId, resource] of wanted) {
      if (resource.Type !== type) continue;
      const properties = resolve(resource.Properties ?? {}, `Resources.${logicalId}.Properties`) as Properties;
      await creators[type](logicalId, properties);
    }
  }
  return { notifications };
};
