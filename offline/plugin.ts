import { rm } from 'node:fs/promises';

import { checkParameters } from './parameters/check.ts';
import { exportedLogGroups } from './parameters/exported-log-groups.ts';
import { dropCommonRole } from './framework/common-role.ts';
import { keepCompiledCode } from './framework/compiled-code.ts';
import { holdBuildFolder } from './framework/build-folder.ts';
import { keepForNextStart, openLocalCloud, takeEarlyStart } from './framework/early-start.ts';
import { bundlesOf, functionsWithRoutes, workFolder } from './framework/functions.ts';
import { prepareInvokeLocal } from './framework/invoke-local.ts';
import { dropLogGroupCreation } from './framework/log-groups.ts';
import type { LocalCloud } from './framework/local-cloud.ts';
import { localServiceOf } from './framework/local-service.ts';
import { offlineOptionDeclarations, parseOfflineOptions, type OfflineOptions } from './framework/options.ts';
import { pointAtLocalCloud } from './framework/shell.ts';
import { keepMaps, keepMapsOutOfArchives } from './framework/source-maps.ts';
import { localRegion } from './resources/physical-names.ts';
import {
  asRecord,
  type LocalService,
  type Log,
  type Options,
  type Serverless,
  type VariableRequest,
} from './framework/types.ts';

/** The process in which esbuild works would notice by itself, a second later, that nobody needs it any more. */
const endBundler = async (): Promise<void> => (await import('esbuild')).stop();

/** Where the face of s3rver finds the way to start the local cloud. */
const LOCAL_CLOUD = Symbol.for('everyfile.local-cloud');

const { port, stateDir } = offlineOptionDeclarations;

/** The stage that is a laptop. */
const LOCAL_STAGE = 'local';

/** Errors whose message tells the user what to change. */
const FOR_THE_USER: ReadonlySet<string> = new Set([
  'OptionError',
  'PortInUseError',
  'StateFolderInUseError',
  'UnresolvedIntrinsicError',
  'NotificationConfigurationError',
  'ResourceError',
  'ScheduleError',
  'FaultError',
]);

/** The methods of serverless-offline that its own hook for `sls offline` calls. */
type LifeCycle = Readonly<{
  start: (this: object) => Promise<void>;
  end: (this: object, skipExit?: boolean) => Promise<void>;
}>;

/** Commands that would change an AWS account. */
const DEPLOYING: ReadonlySet<string> = new Set(['deploy', 'remove', 'rollback']);

/** Commands that make archives of the functions. */
const PACKAGING: ReadonlySet<string> = new Set(['package', 'deploy']);

/**
 * The Serverless plugin of the service: checks the stage and its parameters for every command, and is the local cloud
 * of `sls offline`. serverless-offline brings that command and its life cycle; serverless-s3-local asks for an S3 and
 * gets the local cloud's; serverless-esbuild brings the bundles, and again at each save.
 */
export default class EveryfilePlugin {
  readonly commands = {
    offline: {
      options: offlineOptionDeclarations,
      commands: {
        start: { options: offlineOptionDeclarations },
        prepare: {
          usage:
            'Keeps what a start of the local cloud wants to know of the service, so that the first one is as quick as the next.',
          lifecycleEvents: ['keep'],
        },
      },
    },
    invoke: { commands: { local: { options: { port, stateDir } } } },
  };

  readonly hooks = {
    initialize: () => this.guard(() => this.initialize()),
    // After the plugin that gives each function its role, and before the template is written.
    'before:package:finalize': () => {
      dropCommonRole(this.serverless);
      dropLogGroupCreation(this.serverless);
    },
    // After the bundles are made, and before their folder is taken away.
    'package:createDeploymentArtifacts': () => keepMaps(this.serverless),
    'before:offline:start': () => this.guard(() => this.start()),
    'before:offline:start:init': () => this.guard(() => this.start()),
    'after:offline:start:init': () => this.announce(),
    'before:offline:start:end': () => this.close(),
    'offline:functionsUpdated:cleanup': () => this.reload(),
    'offline:prepare:keep': () => this.guard(() => this.prepareFirstStart()),
    finalize: () => this.close(),
    error: () => this.fail(),
  };

  /** What serverless.yml writes as `${everyfile:…}`: values that its own variables cannot make of others. */
  readonly configurationVariablesSources = {
    everyfile: {
      resolve: async ({ address, resolveVariable }: VariableRequest) => {
        if (address !== 'exportedLogGroups') throw this.error(`There is no variable "everyfile:${address}".`);
        const logGroups = await resolveVariable('param:logGroups');
        return {
          value: exportedLogGroups(String(logGroups), String(await resolveVariable('self:custom.ownLogGroups'))),
        };
      },
    },
  };

  private readonly serverless: Serverless;
  private readonly log: Log;
  private options: OfflineOptions | undefined;
  private starting: Promise<LocalCloud> | undefined;
  /** Resolves at the first hook of ours that comes after the bundler's. */
  private readonly bundled = Promise.withResolvers<undefined>();
  private closing: Promise<void> | undefined;
  private endInvocation: (() => Promise<void>) | undefined;
  /** Where serverless-esbuild builds in this run; taken away at the end. */
  private buildFolder: string | undefined;

  constructor(serverless: Serverless, _options: Options, { log }: { log: Log }) {
    this.serverless = serverless;
    this.log = log;
    // The framework validates the configuration before the first hook, and would blame a wrong value on what it is for.
    // A value that is still a variable waits for `initialize`.
    if (!JSON.stringify(serverless.configurationInput?.params ?? {}).includes('${')) this.checkStage(this.stage);
  }

  private get stage(): string {
    return this.serverless.getProvider('aws').getStage();
  }

  private async initialize(): Promise<void> {
    const { commands } = this.serverless.processedInput;
    const { stage } = this;
    this.checkStage(stage);
    const command = commands.join(' ');
    if (stage === LOCAL_STAGE && DEPLOYING.has(commands[0] ?? '')) {
      throw this.error(`The stage "local" is this machine and is never deployed: choose another with --stage.`);
    }
    if (PACKAGING.has(commands[0] ?? '')) keepMapsOutOfArchives(this.serverless);
    if (command === 'offline' || command === 'offline start') this.prepareOffline(stage);
    if (command === 'offline prepare') this.settleEnvironment(stage, parseOfflineOptions({}).port);
    if (command === 'invoke local' && stage === LOCAL_STAGE) {
      this.buildFolder = workFolder(this.serverless);
      this.endInvocation = await prepareInvokeLocal(this.serverless, this.log);
    }
  }

  private checkStage(stage: string): void {
    const blocks = this.serverless.configurationInput?.params ?? {};
    const options = this.serverless.processedInput.options.param ?? [];
    const complaints = checkParameters({ stage, blocks, options });
    if (complaints.length > 0) throw this.error(complaints.join('\n'));
  }

  private prepareOffline(stage: string): void {
    const options = parseOfflineOptions(this.serverless.processedInput.options);
    this.settleEnvironment(stage, options.port);
    this.options = options;
    this.buildFolder = workFolder(this.serverless);
    holdBuildFolder(this.buildFolder);
    this.settleOtherPlugins(options);
    Object.assign(globalThis, { [LOCAL_CLOUD]: { start: () => this.start() } });
    // Begins beside the bundling, which is the work of another process; a failure is reported by who waits for it.
    this.prepareCloud(options).catch(() => undefined);
  }

  private settleEnvironment(stage: string, port: number): void {
    if (stage !== LOCAL_STAGE) {
      throw this.error(`The local cloud is the stage "local", not "${stage}": sls offline --stage local`);
    }
    keepCompiledCode();
    pointAtLocalCloud(process.env, { endpoint: `http://localhost:${port}`, region: localRegion, caller: 'local' });
  }

  /** Leaves to the other plugins what they are good at, and puts our end between a signal and the exit. */
  private settleOtherPlugins(options: OfflineOptions): void {
    const { service } = this.serverless;
    // Functions run in our runner, so serverless-offline need not open a port for those that it has no route to.
    Object.assign(service, { getAllFunctions: () => functionsWithRoutes(service) });
    // It would make a folder of its own.
    const custom = (service.custom ??= {});
    custom['s3'] = { directory: options.stateDir, ...asRecord(custom['s3']) };
    const offline = this.serverless.pluginManager.plugins.find(
      ({ constructor }) => constructor.name === 'ServerlessOffline',
    );
    if (offline === undefined) return;
    const { start, end } = offline as LifeCycle;
    // `sls offline` has no hook after its start and before its end; `sls offline start` has both.
    Object.assign(offline, {
      start: async () => {
        await start.call(offline);
        await this.announce();
      },
      end: async (skipExit?: boolean) => {
        await this.close();
        await end.call(offline, skipExit);
      },
    });
  }

  private async start(): Promise<LocalCloud> {
    const { options } = this;
    if (options === undefined) throw this.error('The local cloud is started by "sls offline --stage local".');
    this.bundled.resolve(undefined);
    return this.prepareCloud(options);
  }

  /** The cloud answers before the functions are bundled; what calls them waits. */
  private prepareCloud(options: OfflineOptions): Promise<LocalCloud> {
    this.starting ??= this.openCloud(options);
    return this.starting;
  }

  private async openCloud(options: OfflineOptions): Promise<LocalCloud> {
    const { serviceDir } = this.serverless;
    const service = localServiceOf(this.serverless);
    const run = { serviceDir, log: this.log, bundles: bundlesOf(this.serverless), bundled: this.bundled.promise };
    const { cloud, wasKnown } = await openLocalCloud(service, options, run);
    if (!wasKnown) this.keepForNextStart(service);
    return cloud;
  }

  private keepForNextStart(service: LocalService): void {
    if (this.isLikeNoOther) return;
    try {
      keepForNextStart(this.serverless.serviceDir, service);
    } catch (error) {
      this.log.verbose(`The next start will not be quicker than this one: ${String(error)}`);
    }
  }

  /** Parameters of the command line, and another file than serverless.yml, are those of one start. */
  private get isLikeNoOther(): boolean {
    const { param, config } = this.serverless.processedInput.options;
    return param !== undefined || config !== undefined;
  }

  /** After an installation: as after a start, without one. The code of the local cloud is loaded to be kept compiled. */
  private async prepareFirstStart(): Promise<void> {
    if (this.isLikeNoOther) throw this.error('What is kept for the next starts is what serverless.yml says by itself.');
    keepForNextStart(this.serverless.serviceDir, localServiceOf(this.serverless));
    await import('./framework/local-cloud.ts');
  }

  private async announce(): Promise<void> {
    this.log.notice((await this.start()).banner());
  }

  private async reload(): Promise<void> {
    await (await this.start()).reload(bundlesOf(this.serverless));
    this.log.notice('The functions have been built anew: the next invocations run the new code.');
  }

  /** serverless-esbuild keeps its builder open, which would hold the process for ever after the error is printed. */
  private async fail(): Promise<void> {
    await this.close();
    if (this.options !== undefined || this.endInvocation !== undefined) setImmediate(() => process.exit());
  }

  private close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  private async closeOnce(): Promise<void> {
    await this.endInvocation?.();
    this.bundled.reject(new Error('The run has ended before the functions were bundled.'));
    this.bundled.promise.catch(() => undefined);
    const cloud = (await this.starting?.catch(() => undefined)) ?? takeEarlyStart()?.cloud;
    await cloud?.close();
    if (this.buildFolder === undefined) return;
    await endBundler();
    await rm(this.buildFolder, { recursive: true, force: true });
  }

  /** The framework prints its own errors as one line, and any other, a fault of ours, with a stack. */
  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Error && FOR_THE_USER.has(error.name)) throw this.error(error.message);
      throw error;
    }
  }

  private error(message: string): Error {
    return new this.serverless.classes.Error(message, 'EVERYFILE');
  }
}
