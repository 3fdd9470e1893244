import type { FunctionDefinition, Resources, Runner } from './contracts.ts';
import { createDynamoDb } from './dynamodb/dynamodb.ts';
import { createEndpoint } from './endpoint/endpoint.ts';
import { createRequestLog } from './endpoint/request-log.ts';
import type { RequestLog } from './endpoint/request-log.ts';
import { createSts } from './endpoint/sts.ts';
import { createFaultBox } from './faults/fault-box.ts';
import type { AllFaults } from './faults/faults.ts';
import { createLambdaApi } from './lambda/lambda-api.ts';
import { createLogs } from './logs/logs.ts';
import { createMessaging } from './messaging/messaging.ts';
import { createDeliver } from './notifications/deliver.ts';
import { createNotifier } from './notifications/notifier.ts';
import type { NotificationStatus } from './notifications/notifier.ts';
import { createResources } from './resources/create.ts';
import { localAccountId, localRegion } from './resources/physical-names.ts';
import { createResolver } from './resources/resolve.ts';
import { sendTestMessages } from './resources/test-messages.ts';
import { logGroupName } from './runner/lambda-environment.ts';
import { createRunner, type LogLine } from './runner/runner.ts';
import { changeSchedules } from './schedules/change.ts';
import { startSchedules } from './schedules/schedules.ts';
import type { Schedule } from './schedules/schedules.ts';
import { createLocalS3 } from './s3/local-s3.ts';
import { openStateFolder } from './state-folder.ts';
import { createStepFunctions } from './stepfunctions/step-functions.ts';

/** Where a runner's functions find the local cloud, and what keeps their logs. */
export type RunnerPlace = Readonly<{
  endpoint: string;
  region: string;
  accountId: string;
  keepLog: (line: LogLine) => void;
}>;

/** A function as the cloud itself knows it; how it runs is the runner's matter. */
export type CloudFunction = Pick<FunctionDefinition, 'key' | 'name'> & Readonly<{ logRetentionDays?: number }>;

export type CloudOptions = Readonly<{
  /** Where the state is kept; it survives a kill, and one cloud at a time works in it. */
  directory: string;
  /** 0 takes a free one. */
  port: number;
  stage: string;
  resources: Resources;
  /** The functions that the template refers to. */
  functions: readonly CloudFunction[];
  /** CloudFormation `Conditions` of the template. */
  conditions?: Readonly<Record<string, unknown>>;
  stackName?: string;
  /** Without it there are no functions, and an invocation is refused as Lambda refuses an unknown one. */
  createRunner?: (place: RunnerPlace) => Runner;
  /** As `POST /_everyfile/faults` takes them. */
  faults?: Readonly<Partial<Record<keyof AllFaults, unknown>>>;
  /** What calls functions by the clock, from the moment that the cloud is ready. */
  schedules?: readonly Schedule[];
  /** Begins with the schedules held, until the control route lets them go. */
  schedulesPaused?: boolean;
  /** Waits of state machines and of export tasks are this many times shorter than on AWS. Defaults to 60. */
  timeScale?: number;
  now?: () => Date;
  /** Takes away what an earlier run kept in `directory`. */
  fresh?: boolean;
  /** One line on what is left out, each fault made, each defect met. Defaults to standard error. */
  log?: (line: string) => void;
}>;

/** A running local cloud: every service behind one endpoint on this machine's loopback. */
export type Cloud = Readonly<{
  port: number;
  /** `http://localhost:<port>`. */
  endpoint: string;
  runner: Runner;
  requestLog: RequestLog;
  notifications(): NotificationStatus;
  /** Ends everything that runs; what was acknowledged is kept. */
  close(): Promise<void>;
}>;

const runNothing = (place: RunnerPlace): Runner => createRunner({ ...place, functions: [] });

const isStateMachineArn = (target: string): boolean => /^arn:[^:]*:states:/.test(target);

const describeError = (error: unknown): string =>
  Error.isError(error) ? (error.stack ?? error.message) : String(error);

/**
 * Starts the local cloud. It knows nothing of the Serverless Framework: it is given the resources and the runner.
 *
 * @throws {PortInUseError} {StateFolderInUseError} {UnresolvedIntrinsicError} {NotificationConfigurationError}
 *   {ResourceError} {FaultError}, each naming what is wrong; nothing is left running then.
 */
export const startCloud = async (options: CloudOptions): Promise<Cloud> => {
  const { stage, resources, functions, timeScale = 60, now = () => new Date() } = options;
  const { log = (line) => process.stderr.write(`${line}\n`) } = options;
  const closers: (() => unknown)[] = [];
  const closeAll = async (): Promise<void> => {
    for (let close = closers.pop(); close; close = closers.pop()) await close();
  };
  const opened = <Opened>(part: Opened, close: (part: Opened) => unknown): Opened => {
    closers.push(() => close(part));
    return part;
  };
  const closeService = (service: { close(): Promise<void> }): Promise<void> => service.close();
  const reportError = (error: unknown): void => log(`The local cloud failed: ${describeError(error)}`);

  try {
    const requestLog = createRequestLog();
    const endpoint = opened(
      await createEndpoint({ port: options.port, stage, requestLog, now, reportError }),
      closeService,
    );
    const folder = opened(await openStateFolder(options.directory, options.fresh ?? false), (held) => held.release());
    const s3 = opened(await createLocalS3({ directory: folder.s3, now, onFault: reportError }), closeService);
    const dynamodb = opened(await createDynamoDb({ directory: folder.dynamodb }), closeService);
    const messaging = await createMessaging({ directory: folder.messaging, endpoint: endpoint.url });
    opened(messaging.sqs, closeService);
    opened(messaging.sns, closeService);
    const place = { endpoint: endpoint.url, region: localRegion, accountId: localAccountId };
    const paced = { ...place, timeScale, now, log };
    const logs = opened(createLogs({ ...paced, directory: folder.logs }), closeService);
    const stepFunctions = opened(createStepFunctions({ ...paced, directory: folder.stepFunctions }), closeService);
    // Closed in reverse: what makes requests first, then the endpoint, then what answers them.
    opened(endpoint, closeService);

    opened(stepFunctions, (created) => created.stop());
    opened(logs, (created) => created.stop());
    const createFunctions = options.createRunner ?? runNothing;
    const runner = opened(createFunctions({ ...place, keepLog: (line) => logs.keep(line) }), (created) =>
      created.close(),
    );
    const deliver = createDeliver({ messaging, endpoint: endpoint.url, runner });
    const faults = createFaultBox({ faults: options.faults, runner, now, log });
    const notifier = opened(
      createNotifier({ draw: faults.drawEvent, onFault: (fault) => faults.log.add(fault), deliver, log }),
      (created) => created.close(),
    );

    const resolve = createResolver({
      resources,
      endpoint: endpoint.url,
      stage,
      functions,
      ...(options.conditions ? { conditions: options.conditions } : {}),
      ...(options.stackName === undefined ? {} : { stackName: options.stackName }),
    });
    for (const { name, logRetentionDays } of functions) logs.createGroup(logGroupName(name), logRetentionDays);
    const services = { s3, dynamodb, logs, stepFunctions };
    const { notifications } = await createResources({ ...services, messaging, resources, resolve, warn: log });
    for (const [bucket, ofBucket] of notifications) notifier.configure(bucket, ofBucket);
    await sendTestMessages({ file: folder.notifications, notifications, deliver, now });
    s3.onObjectEvent((event) => notifier.notify(event));

    const schedules = opened(
      startSchedules({
        schedules: options.schedules ?? [],
        invoke: (target, payload) => {
          if (isStateMachineArn(target)) stepFunctions.startExecution(target, payload);
          else runner.invokeAsync({ functionName: target, payload });
        },
        paused: options.schedulesPaused ?? false,
        now,
        log,
      }),
      (started) => started.close(),
    );
    endpoint.open(
      { s3, dynamodb, logs, ...messaging, sts: createSts(), states: stepFunctions, lambda: createLambdaApi(runner) },
      {
        status: () => ({
          notifications: notifier.status(),
          functions: runner.status(),
          schedules: schedules.status(),
        }),
        showFaults: () => faults.show(),
        changeFaults: (change) => faults.change(change),
        changeSchedules: (change) => changeSchedules(schedules, change),
        showExports: () => logs.exportPace.show(),
        changeExports: (change) => logs.exportPace.change(change),
      },
      faults.interceptCall,
    );
    logs.resume();
    return {
      port: endpoint.port,
      endpoint: endpoint.url,
      runner,
      requestLog,
      notifications: () => notifier.status(),
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
};
