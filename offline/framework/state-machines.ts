import type { Resources } from '../contracts.ts';
import { localArn } from '../resources/physical-names.ts';
import { ScheduleError } from '../schedules/schedule-error.ts';
import type { Schedule } from '../schedules/schedules.ts';
import { nextOf, scheduleOf, ticksOf } from './schedules.ts';
import { asRecord, type LocalService, type Serverless } from './types.ts';

/** What serverless-step-functions is asked for: to write its state machines into the template. */
type StepFunctionsPlugin = Readonly<{ compileStateMachines: () => unknown }>;

const compiled = new WeakMap<Serverless, Resources>();

/** The state machines as they are configured. */
export const stateMachinesOf = ({ configurationInput }: Serverless): Readonly<Record<string, unknown>> =>
  asRecord(asRecord(configurationInput?.stepFunctions)['stateMachines']);

/** The role that the template gives each machine is only a name here. */
const roleOf = ({ Properties }: Resources[string]): Resources => {
  const reference = asRecord(asRecord(Properties)['RoleArn'])['Fn::GetAtt'];
  const logicalId = Array.isArray(reference) ? String(reference[0]) : undefined;
  return logicalId === undefined ? {} : { [logicalId]: { Type: 'AWS::IAM::Role' } };
};

/**
 * The state machines as serverless-step-functions deploys them: the plugin itself compiles them, so what runs here is
 * what AWS gets. It replaces intrinsics in the configuration while it does, and so is given a copy.
 */
export function stateMachineResources(serverless: Serverless): Resources {
  const known = compiled.get(serverless);
  if (known !== undefined) return known;
  const plugin = serverless.pluginManager.plugins.find(
    ({ constructor }) => constructor.name === 'ServerlessStepFunctions',
  );
  if (plugin === undefined) return {};
  const { service } = serverless;
  const { stepFunctions } = service;
  const { compiledCloudFormationTemplate } = service.provider;
  const template: { Resources: Record<string, Resources[string]>; Outputs: object } = { Resources: {}, Outputs: {} };
  Object.assign(service, {
    stepFunctions: { stateMachines: structuredClone(stateMachinesOf(serverless)), noOutput: true },
  });
  Object.assign(service.provider, { compiledCloudFormationTemplate: template });
  try {
    (plugin as StepFunctionsPlugin).compileStateMachines();
  } finally {
    Object.assign(service, { stepFunctions });
    Object.assign(service.provider, { compiledCloudFormationTemplate });
  }
  const roles = Object.values(template.Resources).map(roleOf);
  const resources = Object.assign({}, ...roles, template.Resources) as Resources;
  compiled.set(serverless, resources);
  return resources;
}

/** The schedules of the state machines. Throws a {@link ScheduleError} naming the machine that cannot follow its own. */
export function stateMachineSchedules({ stateMachines }: Pick<LocalService, 'stateMachines'>): Schedule[] {
  return Object.entries(stateMachines).flatMap(([key, machine]) => {
    const { name, events = [] } = asRecord(machine);
    const ticks = [events].flat().flatMap((event) => ticksOf(key, asRecord(event)['schedule']));
    if (ticks.length > 0 && typeof name !== 'string') {
      throw new ScheduleError(
        `The state machine ${key} needs a name, so that the local cloud can start it by its schedule.`,
      );
    }
    const target = localArn('states', `stateMachine:${String(name)}`);
    return ticks.map((tick, index) => ({
      ...scheduleOf(target, tick, `${key}StepFunctionsEventsRuleSchedule${index + 1}`),
      next: nextOf(key, tick.expression),
    }));
  });
}
