import { audit } from './audit.ts';
import { createClients, names, type Clients } from './clients.ts';
import { CloudError, startOwnCloud, tail, type OwnCloud } from './cloud.ts';
import { collectFacts, listObjects } from './collect-facts.ts';
import type { SentVersion } from './facts.ts';
import { followRequests, type RequestFollower } from './follow-requests.ts';
import { inParallel } from './in-parallel.ts';
import type { DemoOptions } from './options.ts';
import { createPlan, type Errand } from './plan.ts';
import type { Progress } from './progress.ts';
import type { Result } from './report.ts';
import { runErrand, sendAgain } from './send.ts';
import { waitUntilQuiet } from './wait-until-quiet.ts';

/** How many senders there are. */
const senders = 12;

/** A result, and where the cloud's state is if it was kept. */
export type DemoRun = Readonly<{ result: Result; stateDir: string }>;

/**
 * Starts a cloud, sends what is planned, waits until all is quiet, sends some of it again, waits again, and audits.
 * Whatever happens, the cloud has ended when this settles.
 */
export const runDemo = async (options: DemoOptions, progress: Progress, signal: AbortSignal): Promise<DemoRun> => {
  const startedAt = performance.now();
  progress.step('Starting the local cloud');
  const cloud = await startOwnCloud({ ...options, signal });
  const aborted = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => aborted.reject(signal.reason as Error), { once: true });
  try {
    if (signal.aborted) aborted.reject(signal.reason as Error);
    const audited = await Promise.race([sendAndAudit(cloud, options, progress, signal), cloud.died, aborted.promise]);
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    return { result: { ...audited, seconds }, stateDir: cloud.stateDir };
  } catch (error) {
    if (error instanceof CloudError || signal.aborted) throw error;
    throw new CloudError(`${String(error)}\nThe local cloud printed:\n${tail(cloud.output())}`, { cause: error });
  } finally {
    progress.end();
    await cloud.stop();
  }
};

const sendAndAudit = async (cloud: OwnCloud, options: DemoOptions, progress: Progress, signal: AbortSignal) => {
  const sender = createClients(cloud.endpoint, 'demo-sender');
  const auditor = createClients(cloud.endpoint, 'demo-audit');
  const follower = followRequests(cloud.endpoint);
  try {
    const errands = createPlan(options);
    progress.step('Sending files');
    const quiet = (): Promise<void> => untilQuiet(auditor, follower, progress, signal);
    const sent = await sendAll(sender, errands, progress, runErrand);
    progress.step('Waiting until all is quiet');
    await quiet();
    progress.step('Sending some files again, unchanged');
    const again = errands.filter(({ sendsAgain }) => sendsAgain);
    const sentAgain = await sendAll(sender, again, progress, sendAgain, sent.length);
    await quiet();
    progress.step('Auditing');
    return audit(await collectFacts(auditor, [...sent, ...sentAgain], follower));
  } finally {
    sender.destroy();
    auditor.destroy();
  }
};

const sendAll = async (
  { s3 }: Clients,
  errands: readonly Errand[],
  progress: Progress,
  send: typeof runErrand,
  before = 0,
): Promise<readonly SentVersion[]> => {
  let count = before;
  const sent = await inParallel(errands, senders, async (errand) => {
    const versions = await send(s3, errand);
    progress.sent((count += versions.length));
    return versions;
  });
  return sent.flat();
};

const untilQuiet = (
  clients: Clients,
  follower: RequestFollower,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> =>
  waitUntilQuiet({
    endpoint: clients.endpoint,
    follower,
    signal,
    onRequests: progress.requests,
    unfinished: async () => (await listObjects(clients, names.inbox, names.inboxPrefix)).map(({ key }) => key),
  });
