import type { Resources } from '../contracts.ts';
import { stateMachineResources, stateMachinesOf } from './state-machines.ts';
import { asRecord, type FunctionConfiguration, type LocalService, type Serverless } from './types.ts';

/** What the framework knows of the service, once its variables are resolved. */
export function localServiceOf(serverless: Serverless): LocalService {
  const { service } = serverless;
  const { environment, timeout, memorySize, logRetentionInDays } = service.provider;
  return plain({
    name: service.service,
    stage: serverless.getProvider('aws').getStage(),
    provider: plain({ environment, timeout, memorySize, logRetentionInDays }),
    functions: Object.fromEntries(Object.entries(service.functions).map(([key, one]) => [key, functionOf(one)])),
    resources: { ...stateMachineResources(serverless), ...((service.resources?.Resources ?? {}) as Resources) },
    conditions: asRecord(service.resources?.Conditions),
    stateMachines: stateMachinesOf(serverless),
    localSchedules: asRecord(service.custom?.['localSchedules']),
  });
}

const functionOf = (configuration: FunctionConfiguration): FunctionConfiguration => {
  const { name, handler, events, environment, timeout, memorySize } = configuration;
  const { maximumRetryAttempts, logRetentionInDays, recursiveLoop, destinations } = configuration;
  return plain({
    ...{ name, handler, events, environment, timeout, memorySize },
    ...{ maximumRetryAttempts, logRetentionInDays, recursiveLoop, destinations },
  });
};

/** As JSON has it: without what is undefined, and with nothing shared with the framework, which goes on to change its own. */
const plain = <T>(value: { [Key in keyof T]: T[Key] | undefined }): T => JSON.parse(JSON.stringify(value)) as T;
