import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, StartQueryCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetObjectLegalHoldCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreatePlatformApplicationCommand, SNSClient } from '@aws-sdk/client-sns';
import { AddPermissionCommand, SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { localNames, startTestCloud, type TestCloud } from '../../support/local-cloud.ts';

let cloud: TestCloud;
const clients: { destroy(): void }[] = [];
beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await cloud.close();
});

const kept = <Client extends { destroy(): void }>(client: Client): Client => {
  clients.push(client);
  return client;
};
const config = () => ({ ...cloud.clientConfig(), maxAttempts: 1 });
const queue = () => ({ QueueUrl: cloud.queueUrl(localNames.workQueue) });
const permission = () => ({ ...queue(), Label: 'a', AWSAccountIds: ['000000000000'], Actions: ['SendMessage'] });
const object = { Bucket: localNames.outputsBucket, Key: 'a' };
const machine = { name: 'a', definition: '{}', roleArn: 'arn:aws:iam::000000000000:role/a' };
const query = { startTime: 0, endTime: 1, queryString: 'fields @message' };

/** docs/limits.md says so of what it calls absent. */
it.each([
  [
    501,
    'GetObjectLegalHold',
    () => kept(new S3Client({ ...config(), forcePathStyle: true })).send(new GetObjectLegalHoldCommand(object)),
  ],
  [501, 'StartQuery', () => kept(new CloudWatchLogsClient(config())).send(new StartQueryCommand(query))],
  [501, 'CreateStateMachine', () => kept(new SFNClient(config())).send(new CreateStateMachineCommand(machine))],
  [501, 'GET /2015-03-31/functions', () => kept(new LambdaClient(config())).send(new ListFunctionsCommand({}))],
  [501, 'GetSessionToken', () => kept(new STSClient(config())).send(new GetSessionTokenCommand({}))],
  [501, 'ListStacks', () => kept(new CloudFormationClient(config())).send(new ListStacksCommand({}))],
  [
    400,
    'TransactWriteItems',
    () => kept(new DynamoDBClient(config())).send(new TransactWriteItemsCommand({ TransactItems: [] })),
    'UnknownOperationException',
  ],
  [
    400,
    'StartMessageMoveTask',
    () => kept(new SQSClient(config())).send(new StartMessageMoveTaskCommand({ SourceArn: 'a' })),
    'InvalidAction',
  ],
  [
    400,
    'AddPermission',
    () => kept(new SQSClient(config())).send(new AddPermissionCommand(permission())),
    'InvalidAction',
  ],
  [
    400,
    'CreatePlatformApplication',
    () =>
      kept(new SNSClient(config())).send(
        new CreatePlatformApplicationCommand({ Name: 'a', Platform: 'GCM', Attributes: {} }),
      ),
    'InvalidAction',
  ],
] as [number, string, () => Promise<unknown>, string?][])(
  'an operation that is not built is answered %d, and named: %s',
  async (httpStatusCode, operation, send, name = 'NotImplemented') => {
    await expect(send()).rejects.toMatchObject({
      name,
      message: expect.stringContaining(operation),
      $metadata: { httpStatusCode },
    });
    expect(cloud.requestLog.read(0).entries.at(-1)).toMatchObject({
      operation,
      status: httpStatusCode,
      errorCode: name,
    });
  },
);
