import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { createRunner, type LogLine } from '../../../offline/runner/runner.ts';
import { localNames, startTestCloud, type TestCloud } from '../../support/local-cloud.ts';
import { openWorkshop, until, type Workshop } from '../runner/support.ts';

/** Makes as many calls as the event says, each an item of its own, and says so. */
const source = `
const { request } = require('node:http');
const call = (id) => new Promise((resolve, reject) => {
  const scope = process.env.AWS_ACCESS_KEY_ID + '/20260101/us-east-1/dynamodb/aws4_request';
  const outgoing = request(process.env.AWS_ENDPOINT_URL, {
    method: 'POST',
    headers: {
      authorization: 'AWS4-HMAC-SHA256 Credential=' + scope + ', SignedHeaders=host, Signature=0',
      'x-amz-target': 'DynamoDB_20120810.PutItem',
      'x-amzn-trace-id': process.env._X_AMZN_TRACE_ID,
    },
  }, (response) => response.resume().on('end', resolve));
  outgoing.on('error', reject).end(JSON.stringify({ TableName: '${localNames.ledgerTable}', Item: { id: { S: id } } }));
});
exports.handler = async ({ run, calls }) => {
  for (let n = 1; n <= calls; n += 1) {
    console.log('calling ' + n);
    await call(run + '-' + n).catch((error) => console.log('noticed ' + error.code));
  }
  return 'done';
};`;

let workshop: Workshop;
let cloud: TestCloud;
let lambda: LambdaClient;
let dynamodb: DynamoDBClient;
const lines: LogLine[] = [];

beforeAll(async () => {
  workshop = await openWorkshop();
  const functions = [await workshop.makeFunction('caller', source)];
  cloud = await startTestCloud({
    functions,
    createRunner: (place) =>
      createRunner({ ...place, functions, retryDelaysMs: [5, 10], onLog: (line) => lines.push(line) }),
  });
  lambda = new LambdaClient(cloud.clientConfig());
  dynamodb = new DynamoDBClient(cloud.clientConfig());
});
afterAll(async () => {
  lambda.destroy();
  dynamodb.destroy();
  await cloud.close();
  await workshop.close();
});

const change = (faults: unknown) =>
  fetch(`${cloud.endpoint}/_everyfile/faults`, { method: 'POST', body: JSON.stringify(faults) });
const invoke = (run: string, calls = 3, InvocationType: 'RequestResponse' | 'Event' = 'RequestResponse') =>
  lambda.send(new InvokeCommand({ FunctionName: 'caller', InvocationType, Payload: JSON.stringify({ run, calls }) }));
const itemsOf = async (run: string): Promise<number[]> => {
  const present = await Promise.all(
    [1, 2, 3].map(async (n) => {
      const Key = { id: { S: `${run}-${n}` } };
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName: localNames.ledgerTable, Key }));
      return Item ? [n] : [];
    }),
  );
  return present.flat();
};

it.each([
  ['before', 1, []],
  ['after', 1, [1]],
  ['before', 3, [1, 2]],
  ['after', 3, [1, 2, 3]],
])('cuts a function %s its call %d: it ends as a crash, and notices nothing', async (moment, atCall, written) => {
  const run = `${moment}-${atCall}`;
  const before = lines.length;
  await change({ cut: { function: 'caller', atCall, moment } });
  const answer = await invoke(run);
  expect(answer.FunctionError).toBe('Unhandled');
  const { errorType, errorMessage } = JSON.parse(answer.Payload!.transformToString()) as Record<string, string>;
  expect(errorType).toBe('Runtime.ExitError');
  expect(errorMessage).toBe(
    `RequestId: ${answer.$metadata.requestId} Error: Runtime exited with error: signal: killed`,
  );
  expect(await itemsOf(run)).toEqual(written);
  const said = lines.slice(before).map(({ line }) => line);
  expect(said.filter((line) => line.includes('calling'))).toHaveLength(atCall);
  expect(said.filter((line) => line.includes('noticed'))).toEqual([]);
  expect(cloud.lines.at(-1)).toBe(`fault: cut caller ${moment} its call ${atCall}, dynamodb:PutItem`);

  // Once is once: the next invocation runs through, in a new environment.
  expect((await invoke(run)).Payload!.transformToString()).toBe('"done"');
});

it('cuts each attempt of an event as often as it is told, and Lambda tries again', async () => {
  await change({ cut: { function: 'caller', atCall: 2, times: 2 } });
  const { invocations: before } = cloud.runner.status()['caller']!;
  await invoke('event', 3, 'Event');
  await until('the event is done', () => cloud.runner.status()['caller']!.pendingEvents === 0);
  expect(cloud.runner.status()['caller']!.invocations - before).toBe(3);
  expect(await itemsOf('event')).toEqual([1, 2, 3]);
});

it('cuts one invocation of several that run at once', async () => {
  await change({ cut: { function: 'caller', atCall: 2 } });
  const runs = ['a', 'b', 'c', 'd'];
  const answers = await Promise.all(runs.map((run) => invoke(run)));
  const failed = answers.filter(({ FunctionError }) => FunctionError !== undefined);
  expect(failed).toHaveLength(1);
  const written = await Promise.all(runs.map(itemsOf));
  expect(written.map(({ length }) => length).sort()).toEqual([1, 3, 3, 3]);
});
