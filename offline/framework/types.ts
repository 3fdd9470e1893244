import type { Resources } from '../contracts.ts';

/** The part of the Serverless Framework that the plugin touches; it publishes no types for version 4. */
export type Serverless = Readonly<{
  serviceDir: string;
  instanceId: string;
  service: Service;
  configurationInput:
    Readonly<{ params?: Record<string, Record<string, unknown> | null>; stepFunctions?: unknown }> | undefined;
  processedInput: Readonly<{ commands: readonly string[]; options: Options }>;
  pluginManager: Readonly<{ plugins: readonly object[] }>;
  getProvider(name: 'aws'): Readonly<{ getStage(): string; getRegion(): string }>;
  classes: Readonly<{ Error: new (message: string, code: string) => Error }>;
}>;

/** What was given on the command line. Numbers arrive as text. */
export type Options = Record<string, unknown> & { param?: string[] };

export type Service = Readonly<{
  service: string;
  provider: ProviderConfiguration;
  functions: Readonly<Record<string, FunctionConfiguration>>;
  resources?: Readonly<{ Resources?: Record<string, unknown>; Conditions?: Record<string, unknown> }>;
  package?: Readonly<{ path?: string }>;
}> & { custom?: Record<string, unknown>; stepFunctions?: unknown };

export type ProviderConfiguration = {
  environment?: Record<string, unknown>;
  timeout?: number;
  memorySize?: number;
  logRetentionInDays?: number;
  compiledCloudFormationTemplate?: unknown;
};

export type FunctionConfiguration = {
  name: string;
  handler?: string;
  events?: readonly unknown[];
  environment?: Record<string, unknown>;
  timeout?: number;
  memorySize?: number;
  maximumRetryAttempts?: number;
  logRetentionInDays?: number;
  recursiveLoop?: 'Allow' | 'Terminate';
  destinations?: { onFailure?: unknown };
  package?: { patterns?: string[] };
};

/**
 * All that the local cloud wants to know of a service, with the framework's own variables resolved, as plain data: it can
 * be kept from start to start, and compared.
 */
export type LocalService = Readonly<{
  name: string;
  stage: string;
  provider: Omit<ProviderConfiguration, 'compiledCloudFormationTemplate'>;
  functions: Readonly<Record<string, FunctionConfiguration>>;
  /** The `Resources` of the template, the compiled state machines among them. */
  resources: Resources;
  conditions: Readonly<Record<string, unknown>>;
  /** The state machines as they are configured: their schedules are not in their resources. */
  stateMachines: Readonly<Record<string, unknown>>;
  /** `custom.localSchedules`. */
  localSchedules: Readonly<Record<string, unknown>>;
}>;

/** What a plugin is asked for a variable of its own, `${source:address}`. */
export type VariableRequest = Readonly<{
  address: string | null;
  resolveVariable: (variable: string) => Promise<unknown>;
}>;

/** How a plugin writes to the terminal. */
export type Log = Readonly<Record<'notice' | 'warning' | 'error' | 'verbose', (text?: string) => void>>;

/** An option of a command, as the framework wants it declared. */
export type OptionDeclaration = Readonly<{ type: 'string' | 'boolean'; usage: string }>;

/** An object of a YAML file, or an empty one in place of anything else. */
export const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

/** The `Resources` of the template that is to be deployed, as the framework and its plugins have compiled it. */
export const compiledResources = ({ service }: Serverless): Record<string, unknown> =>
  asRecord(asRecord(service.provider.compiledCloudFormationTemplate)['Resources']);
