import type { RequestLogEntry } from '../offline/contracts.ts';
import { audit } from './audit.ts';
import { createClaimWatch } from './claim-watch.ts';
import { createClients } from './clients.ts';
import { CloudError, startOwnCloud, tail, type OwnCloud } from './cloud.ts';
import { collectFacts } from './collect-facts.ts';
import type { SentVersion } from './facts.ts';
import { follow, followRequests } from './follow-requests.ts';
import { inParallel } from '../lib/usecases/in-parallel.ts';
import type { DemoOptions } from './options.ts';
import { createPlan, type Errand } from './plan.ts';
import type { Progress } from './progress.ts';
import type { Result } from './report.ts';
import { runErrand, sendAgain } from './send.ts';
import { timelineOf, type Timeline } from './timeline.ts';
import { readUnfinished } from './unfinished.ts';
import { bringToRest, waitUntilFinished, type Quiet } from './wait-until-quiet.ts';

/** How many senders there are. */
const senders = 12;

/** A result, when files were done, and where the cloud's state is if it was kept. */
export type DemoRun = Readonly<{ result: Result; timeline: Timeline; stateDir: string }>;

/**
 * Starts a cloud, sends what is planned, waits until all is done, sends some of it again, waits again, and audits.
 * Whatever happens, the cloud has ended when this settles.
 */
export const runDemo = async (options: DemoOptions, progress: Progress, signal: AbortSignal): Promise<DemoRun> => {
  const startedAt = performance.now();
  progress.step('Starting the local cloud');
  const { ingest, redrive, archive } = options;
  const cloud = await startOwnCloud({ ...options, schedules: true, params: { ingest, redrive, archive }, signal });
  const aborted = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => aborted.reject(signal.reason as Error), { once: true });
  try {
    if (signal.aborted) aborted.reject(signal.reason as Error);
    const { audited, timeline } = await Promise.race([
      sendAndAudit(cloud, options, progress, signal),
      cloud.died,
      aborted.promise,
    ]);
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    return { result: { ...audited, seconds }, timeline, stateDir: cloud.stateDir };
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
  const claims = createClaimWatch();
  const onRequests = (entries: readonly RequestLogEntry[]): void => {
    progress.requests(entries);
    claims.requests(entries);
  };
  const quiet: Quiet = {
    endpoint: cloud.endpoint,
    follower,
    onRequests,
    readUnfinished: () => readUnfinished(auditor),
    signal,
  };
  const sent: SentVersion[] = [];
  const send = async (errands: readonly Errand[], how: typeof runErrand): Promise<void> => {
    const sending = inParallel(errands, senders, async (errand) => {
      sent.push(...(await how(sender.s3, errand, claims)));
      progress.sent(sent.length);
    });
    await follow(follower, onRequests, sending);
  };

  try {
    const errands = createPlan(options);
    const calm = errands.filter((errand) => !changesMind(errand));
    progress.step('Sending files');
    await send(calm, runErrand);
    progress.step('Waiting until every file is done');
    await waitUntilFinished(quiet);
    // Now that the functions are warm and idle, they meet these files while their senders change them.
    progress.step('Changing and deleting files while they are processed');
    await send(errands.filter(changesMind), runErrand);
    await waitUntilFinished(quiet);
    progress.step('Sending some files again, unchanged');
    await send(calm.filter(repeats), sendAgain);
    await bringToRest(quiet);
    progress.step('Auditing');
    const facts = await collectFacts(auditor, options, sent, follower);
    return { audited: audit(facts), timeline: timelineOf(facts) };
  } finally {
    sender.destroy();
    auditor.destroy();
  }
};

const changesMind = ({ puts, deletes }: Errand): boolean => puts.length > 1 || deletes;
const repeats = ({ sendsAgain }: Errand): boolean => sendsAgain;
