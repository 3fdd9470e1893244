import type { FunctionDefinition } from '../contracts.ts';

/** Where a function of the local cloud runs. */
export type Place = Readonly<{ endpoint: string; region: string; accountId: string }>;

export const functionArn = (name: string, { region, accountId }: Place): string =>
  `arn:aws:lambda:${region}:${accountId}:function:${name}`;

export const logGroupName = (name: string): string => `/aws/lambda/${name}`;

/**
 * The function's own variables, and the ones Lambda reserves: those win, as Lambda refuses to let a function set them.
 * The access key id is the function's key, so that the endpoint's request log says which function made a call. The
 * developer's own AWS files are out of reach, as they are on Lambda: an endpoint or a profile in them must not count.
 */
export function lambdaEnvironment(
  definition: FunctionDefinition,
  place: Place,
  logStreamName: string,
): Record<string, string> {
  return {
    ...definition.environment,
    AWS_ACCESS_KEY_ID: definition.key,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL: place.endpoint,
    AWS_REGION: place.region,
    AWS_DEFAULT_REGION: place.region,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMiB),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupName(definition.name),
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
  };
}
