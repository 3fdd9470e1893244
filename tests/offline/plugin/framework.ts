import type { FunctionConfiguration, Options, Serverless } from '../../../offline/framework/types.ts';

/** The framework as the plugin sees it, around a service written by hand. */
export type FakeServerless = Serverless & { service: { functions: Record<string, FunctionConfiguration> } };

export class FrameworkError extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

export function makeServerless(
  overrides: {
    commands?: string[];
    options?: Options;
    stage?: string;
    params?: Record<string, Record<string, unknown>>;
  } = {},
): FakeServerless {
  const stage = overrides.stage ?? 'local';
  return {
    serviceDir: '/service',
    instanceId: '1',
    service: {
      service: 'everyfile',
      provider: { environment: { SHARED: 'yes', TAKEN_AWAY: 'no' }, timeout: 9 },
      functions: {
        processor: {
          name: `everyfile-${stage}-processor`,
          handler: 'handlers/processor.handler',
          environment: { WORK_QUEUE_URL: { Ref: 'WorkQueue' }, LEASE_MS: 5000, TAKEN_AWAY: null },
          destinations: { onFailure: { type: 'sqs', arn: { 'Fn::GetAtt': ['WorkQueue', 'Arn'] } } },
        },
      },
      resources: {
        Resources: { WorkQueue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'everyfile-local-work' } } },
      },
      custom: { esbuild: { outputWorkFolder: '.esbuild/1', outputFileExtension: '.cjs' } },
    },
    configurationInput: { params: overrides.params ?? {} },
    processedInput: { commands: overrides.commands ?? ['offline'], options: overrides.options ?? {} },
    pluginManager: { plugins: [] },
    getProvider: () => ({ getStage: () => stage, getRegion: () => 'us-east-1' }),
    classes: { Error: FrameworkError },
  };
}
