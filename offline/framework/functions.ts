import { join } from 'node:path';

import type { FunctionDefinition } from '../contracts.ts';
import { localArn } from '../resources/physical-names.ts';
import { createResolver, type Resolve } from '../resources/resolve.ts';
import { localServiceOf } from './local-service.ts';
import { asRecord, type FunctionConfiguration, type LocalService, type Serverless, type Service } from './types.ts';

/** The framework's own defaults, and Lambda's. */
const DEFAULTS = { timeoutSeconds: 6, memoryMiB: 1024, maximumRetryAttempts: 2 } as const;

/** What the local cloud and the resolver of intrinsics know of the service alike. */
export const templateOf = ({ name, stage, resources, conditions, functions, provider }: LocalService) => ({
  stage,
  stackName: `${name}-${stage}`,
  resources,
  conditions,
  functions: Object.entries(functions).map(([key, configuration]) => {
    const logRetentionDays = configuration.logRetentionInDays ?? provider.logRetentionInDays;
    return { key, name: configuration.name, ...(logRetentionDays === undefined ? {} : { logRetentionDays }) };
  }),
});

/** What replaces the intrinsics of the service by what they are at this endpoint. */
export const resolverOf = (service: LocalService, endpoint: string): Resolve =>
  createResolver({ ...templateOf(service), endpoint });

/** Where the bundles of a run stand: the folder, and what their names end in. */
export type Bundles = Readonly<{ folder: string; extension: string }>;

/** The functions as the runner needs them, their environment resolved for this endpoint. */
export function functionDefinitions(service: LocalService, endpoint: string, bundles: Bundles): FunctionDefinition[] {
  const resolve = resolverOf(service, endpoint);
  return Object.entries(service.functions).map(([key, configuration]) =>
    functionDefinition(service, bundles, key, configuration, resolve),
  );
}

function functionDefinition(
  service: LocalService,
  bundles: Bundles,
  key: string,
  configuration: FunctionConfiguration,
  resolve: Resolve,
): FunctionDefinition {
  const { provider } = service;
  const handler = configuration.handler ?? '';
  const dot = handler.lastIndexOf('.');
  const onFailureArn = onFailureArnOf(service, configuration, resolve, key);
  return {
    key,
    name: configuration.name,
    modulePath: join(bundles.folder, `${handler.slice(0, dot)}${bundles.extension}`),
    exportName: handler.slice(dot + 1),
    environment: environmentOf(service, configuration, resolve, key),
    timeoutSeconds: configuration.timeout ?? provider.timeout ?? DEFAULTS.timeoutSeconds,
    memoryMiB: configuration.memorySize ?? provider.memorySize ?? DEFAULTS.memoryMiB,
    maximumRetryAttempts: configuration.maximumRetryAttempts ?? DEFAULTS.maximumRetryAttempts,
    recursiveLoop: configuration.recursiveLoop ?? 'Terminate',
    ...(onFailureArn === undefined ? {} : { onFailureArn }),
  };
}

/** The function's variables over the provider's, as text; a null takes one away, as the framework has it. */
function environmentOf(
  { provider }: LocalService,
  configuration: FunctionConfiguration,
  resolve: Resolve,
  key: string,
): Record<string, string> {
  const variables = { ...provider.environment, ...configuration.environment };
  const resolved = asRecord(resolve(variables, `functions.${key}.environment`));
  const present = Object.entries(resolved).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(present.map(([name, value]) => [name, String(value)]));
}

/** `destinations.onFailure` is an ARN, `{ type, arn }`, or the key of another function of the service. */
function onFailureArnOf(
  { functions }: LocalService,
  { destinations }: FunctionConfiguration,
  resolve: Resolve,
  key: string,
): string | undefined {
  const destination = destinations?.onFailure;
  if (destination === undefined) return undefined;
  const other = typeof destination === 'string' ? functions[destination] : undefined;
  if (other !== undefined) return localArn('lambda', `function:${other.name}`);
  const target = asRecord(destination)['arn'] ?? destination;
  return String(resolve(target, `functions.${key}.destinations.onFailure`));
}

/** Replaces the intrinsics in every environment of the service, so that `sls invoke local` need not ask AWS. */
export function resolveEnvironments(serverless: Serverless, endpoint: string): void {
  const resolve = resolverOf(localServiceOf(serverless), endpoint);
  const { provider, functions } = serverless.service;
  if (provider.environment !== undefined) {
    provider.environment = asRecord(resolve(provider.environment, 'provider.environment'));
  }
  for (const [key, configuration] of Object.entries(functions)) {
    if (configuration.environment === undefined) continue;
    configuration.environment = asRecord(resolve(configuration.environment, `functions.${key}.environment`));
  }
}

const ROUTES: ReadonlySet<string> = new Set(['http', 'httpApi', 'websocket', 'alb']);

/** The keys of the functions with an event that serverless-offline serves: routes, and not its schedules. */
export const functionsWithRoutes = ({ functions }: Service): string[] =>
  Object.entries(functions)
    .filter(([, { events = [] }]) =>
      events.some((event) => Object.keys(asRecord(event)).some((name) => ROUTES.has(name))),
    )
    .map(([key]) => key);

/** Where serverless-esbuild works in this run, and where in it the bundles come to stand. */
export function workFolder({ serviceDir, service }: Serverless): string {
  return join(serviceDir, settingOf(service.custom, 'outputWorkFolder', '.esbuild'));
}

/** The bundles that serverless-esbuild makes in this run. */
export const bundlesOf = (serverless: Serverless): Bundles => ({
  folder: join(workFolder(serverless), settingOf(serverless.service.custom, 'outputBuildFolder', '.build')),
  extension: settingOf(serverless.service.custom, 'outputFileExtension', '.js'),
});

function settingOf(custom: Record<string, unknown> | undefined, name: string, otherwise: string): string {
  const value = asRecord(custom?.['esbuild'])[name];
  return typeof value === 'string' ? value : otherwise;
}
