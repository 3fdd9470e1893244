import { functionLogicalId } from '../resources/physical-names.ts';
import { everyMs, parseExpression } from '../schedules/expression.ts';
import { ScheduleError } from '../schedules/schedule-error.ts';
import type { Schedule } from '../schedules/schedules.ts';
import { asRecord, type LocalService } from './types.ts';

/** What of a `schedule` event is followed here; anything else would be left out in silence. */
const known: ReadonlySet<string> = new Set(['rate', 'enabled', 'name', 'description', 'input', 'method', 'role']);

/**
 * The schedules of the service's functions. `custom.localSchedules` gives seconds in place of a function's own rates: a
 * person at a laptop does not wait for five minutes.
 *
 * @throws {ScheduleError} naming the function whose schedule cannot be followed
 */
export function scheduleDefinitions(service: LocalService): Schedule[] {
  const stackName = `${service.name}-${service.stage}`;
  const localSeconds = service.localSchedules;
  for (const key of Object.keys(localSeconds)) {
    if (!(key in service.functions))
      throw new ScheduleError(`custom.localSchedules names ${key}, which is no function.`);
  }
  return Object.entries(service.functions).flatMap(([key, { events = [] }]) => {
    const schedules = events.flatMap((event) => ticksOf(key, asRecord(event)['schedule']));
    const isLocal = key in localSeconds;
    return schedules.slice(0, isLocal ? 1 : undefined).map((tick, index) => ({
      ...scheduleOf(key, tick, `${stackName}-${ruleLogicalId(key, index + 1)}`),
      next: isLocal ? everySeconds(key, localSeconds[key]) : nextOf(key, tick.expression),
    }));
  });
}

/** A rule for a target, but for its times; `ruleName` is for one that names none itself. */
export const scheduleOf = (target: string, tick: Expression, ruleName: string): Omit<Schedule, 'next'> => ({
  functionKey: target,
  ruleName: tick.name ?? ruleName,
  ...(tick.input === undefined ? {} : { input: tick.input }),
});

type Expression = Readonly<{ expression: string; name?: string; input?: string }>;

/** A schedule is one expression, or `{ rate: [expressions], … }`. */
export function ticksOf(key: string, schedule: unknown): Expression[] {
  if (schedule === undefined) return [];
  if (typeof schedule === 'string') return [{ expression: schedule }];
  const { rate, enabled, name, input, method = 'eventBus', ...others } = asRecord(schedule);
  const strange = Object.keys(others).find((property) => !known.has(property));
  if (strange !== undefined || method !== 'eventBus') {
    throw new ScheduleError(`The local cloud does not have schedule.${strange ?? 'method: scheduler'} of ${key}.`);
  }
  if (enabled === false) return [];
  return [rate].flat().map((expression) => ({
    expression: String(expression),
    ...(typeof name === 'string' && { name }),
    ...(input !== undefined && { input: typeof input === 'string' ? input : JSON.stringify(input) }),
  }));
}

function everySeconds(key: string, seconds: unknown): Schedule['next'] {
  if (typeof seconds === 'number' && seconds >= 0.1) return everyMs(seconds * 1000);
  throw new ScheduleError(`custom.localSchedules.${key} must be seconds, 0.1 or more, not ${JSON.stringify(seconds)}.`);
}

/** When an expression fires. Throws a {@link ScheduleError} naming what has the schedule. */
export function nextOf(key: string, expression: string): Schedule['next'] {
  try {
    return parseExpression(expression);
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    throw new ScheduleError(`The schedule of ${key} cannot be followed: ${error.message}.`, { cause: error });
  }
}

/** As the framework names the rule in the template. */
const ruleLogicalId = (key: string, number: number): string =>
  `${functionLogicalId(key).replace(/LambdaFunction$/, '')}EventsRuleSchedule${number}`;
