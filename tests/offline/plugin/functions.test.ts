import {
  bundlesOf,
  functionDefinitions,
  functionsWithRoutes,
  resolveEnvironments,
} from '../../../offline/framework/functions.ts';
import { localServiceOf } from '../../../offline/framework/local-service.ts';
import type { Serverless } from '../../../offline/framework/types.ts';
import { makeServerless } from './framework.ts';

const endpoint = 'http://localhost:4567';
const definitionsOf = (serverless: Serverless) =>
  functionDefinitions(localServiceOf(serverless), endpoint, bundlesOf(serverless));

it('a function is told to the runner with its bundle, its limits and its resolved environment', () => {
  expect(definitionsOf(makeServerless())).toEqual([
    {
      key: 'processor',
      name: 'everyfile-local-processor',
      modulePath: '/service/.esbuild/1/.build/handlers/processor.cjs',
      exportName: 'handler',
      environment: {
        SHARED: 'yes',
        WORK_QUEUE_URL: 'http://localhost:4567/000000000000/everyfile-local-work',
        LEASE_MS: '5000',
      },
      timeoutSeconds: 9,
      memoryMiB: 1024,
      maximumRetryAttempts: 2,
      recursiveLoop: 'Terminate',
      onFailureArn: 'arn:aws:sqs:us-east-1:000000000000:everyfile-local-work',
    },
  ]);
});

it('an intrinsic that has no value is an error that names it and where it stands', () => {
  const serverless = makeServerless();
  serverless.service.functions['processor']!.environment = { TOPIC: { Ref: 'NoSuchTopic' } };
  const message = 'Cannot resolve Ref NoSuchTopic at functions.processor.environment.TOPIC';
  expect(() => definitionsOf(serverless)).toThrow(message);
});

it('the environments of the service are replaced in place, so that the framework finds no intrinsic in them', () => {
  const serverless = makeServerless();
  resolveEnvironments(serverless, endpoint);
  expect(serverless.service.functions['processor']!.environment).toEqual({
    WORK_QUEUE_URL: 'http://localhost:4567/000000000000/everyfile-local-work',
    LEASE_MS: 5000,
    TAKEN_AWAY: null,
  });
});

it('an on-failure destination may be another function of the service', () => {
  const serverless = makeServerless();
  const { processor } = serverless.service.functions;
  serverless.service.functions['mourner'] = { name: 'everyfile-local-mourner', handler: 'handlers/mourner.handler' };
  processor!.destinations = { onFailure: 'mourner' };
  const [definition] = definitionsOf(serverless);
  expect(definition?.onFailureArn).toBe('arn:aws:lambda:us-east-1:000000000000:function:everyfile-local-mourner');
});

it('serverless-offline sees the functions that it has a route to, and no other', () => {
  const route = { name: 'a', events: [{ httpApi: 'GET /' }] };
  const timer = { name: 'b', events: [{ schedule: 'rate(5 minutes)' }] };
  const service = { service: 's', provider: {}, functions: { route, timer, plain: { name: 'c' } } };
  expect(functionsWithRoutes(service)).toEqual(['route']);
});
