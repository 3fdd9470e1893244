import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** An account with the stack of a stage, and a caller who may look at everything and change nothing. */
const answers: readonly Readonly<{ to: RegExp; status: number; body: string }>[] = [
  {
    to: /Action=GetCallerIdentity/,
    status: 200,
    body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
      <Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/reader</Arn><UserId>reader</UserId>
      </GetCallerIdentityResult></GetCallerIdentityResponse>`,
  },
  {
    to: /Action=DescribeStacks/,
    status: 200,
    body: `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>
      <member><StackName>everyfile-dev</StackName><StackStatus>CREATE_COMPLETE</StackStatus>
      <CreationTime>2026-11-01T00:00:00Z</CreationTime></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  },
  { to: /DynamoDB/, status: 400, body: '{"__type":"ResourceNotFoundException","message":"no such table"}' },
  { to: /^GET /, status: 404, body: '<Error><Code>NoSuchBucket</Code><Message>no such bucket</Message></Error>' },
];
const refusal = `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>
  <Message>User reader is not authorized</Message></Error></ErrorResponse>`;

const textOf = async (request: IncomingMessage): Promise<string> => {
  const target = String(request.headers['x-amz-target'] ?? '');
  return `${request.method ?? ''} ${target} ${String(Buffer.concat(await request.toArray()))}`;
};

let account: Server;
beforeAll(async () => {
  account = createServer((request, response) => {
    void textOf(request).then((text) => {
      const { status, body } = answers.find(({ to }) => to.test(text)) ?? { status: 403, body: refusal };
      response.writeHead(status).end(body);
    });
  });
  await once(account.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => account.close());

test('a stack that may not be deleted ends the removal with exit code 1, and the answer says that something is left', async () => {
  const { port } = account.address() as AddressInfo;
  const script = join(import.meta.dirname, '..', '..', '..', 'scripts', 'remove.ts');
  const child = spawn(process.execPath, [script, '--stage', 'dev', '--yes-remove', 'dev', '--json'], {
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'reader',
      AWS_SECRET_ACCESS_KEY: 'reader',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    child.stdout.toArray().then((pieces) => Buffer.concat(pieces as Buffer[]).toString()),
    child.stderr.toArray().then((pieces) => Buffer.concat(pieces as Buffer[]).toString()),
    once(child, 'exit') as Promise<[number]>,
  ]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('not authorized')]);
  expect(JSON.parse(stdout)).toMatchObject({ stage: 'dev', outcome: 'not all removed', stackExists: true });
  expect(stderr).toContain('run it again for the rest');
});
