import { describeError } from '../domain/errors.ts';
import { createFileVersion, type FileVersion } from '../domain/file-version.ts';
import type { Baton } from '../domain/lane.ts';
import type { LedgerItem } from '../domain/ledger-item.ts';
import { archiveKey } from '../domain/quarantine.ts';
import { sweepDecision } from '../domain/sweep.ts';
import type { InboxPage } from '../ports/object-store.ts';
import type { Dependencies, Settings } from './dependencies.ts';
import { finishFile, type FinishDependencies } from './finish-file.ts';
import { inParallel } from './in-parallel.ts';
import { runLane, type HeldLane, type LaneDependencies, type LaneOutcome } from './run-lane.ts';

/** The knobs of the sweep. */
export type SweepSettings = Readonly<{
  redrive: 'queue' | 'refire';
  /** Younger objects are left to their event. */
  minimumAgeMs: number;
  /** The wait after a first send; it doubles with each. */
  resendMs: number;
  maxHops: number;
  /** The age of what the relay received last, when events reach it through the queue; 0 with `ingest: direct`. */
  backlogMs(): Promise<number>;
}>;

/** The sweep runs no action, so it needs less than a processor. */
export type SweepDependencies = FinishDependencies &
  LaneDependencies &
  Pick<Dependencies, 'workQueue'> &
  Readonly<{ settings: Pick<Settings, 'archive' | 'leaseMs' | 'skewMs' | 'concurrency'>; sweep: SweepSettings }>;

/** What one run of the sweep did. */
export type SweepReport = {
  listed: number;
  /** Found without anybody at them, and sent. */
  foundBySweep: number;
  /** Verdicts carried out. */
  finishedBySweep: number;
  /** Verdicts that could not be carried out this time. */
  unfinished: number;
  /** Age of the oldest object listed that no verdict stands for. */
  oldestUnfinishedSeconds: number;
};

export const sweepLane = 'lane/sweep';

/** The ledger reads a hundred items a call. */
const ledgerBatch = 100;

/** How long past the deadline a page may go on: half of the reserve of a run, the rest of which is its last hundred's. */
const pageGraceMs = 5_000;

/**
 * Compares inbox and ledger, page by page, and re-drives what is missing: sends what nobody is at, carries out verdicts
 * that a crash left, and sends the outboxes of files whose object is long gone. It never writes `status`.
 */
export const sweepInbox = async (
  dependencies: SweepDependencies,
  { baton, deadlineAt }: { baton: Baton | undefined; deadlineAt: number },
): Promise<{ outcome: LaneOutcome; report: SweepReport }> => {
  const report: SweepReport = {
    listed: 0,
    foundBySweep: 0,
    finishedBySweep: 0,
    unfinished: 0,
    oldestUnfinishedSeconds: 0,
  };
  const outcome = await runLane(dependencies, {
    lane: sweepLane,
    baton,
    deadlineAt,
    maxHops: dependencies.sweep.maxHops,
    leaseMs: dependencies.settings.leaseMs,
    skewMs: dependencies.settings.skewMs,
    step: (held) => sweepPage(dependencies, { held, report, cutAt: deadlineAt + pageGraceMs }),
  });
  dependencies.log.info('sweep ended', { outcome, ...report });
  // Another run has the lane and tells of it: zeros of this one would hide what that one found.
  if (outcome !== 'not-mine') dependencies.metrics.record(report);
  return { outcome, report };
};

type Pass = Readonly<{ held: HeldLane; report: SweepReport; cutAt: number }>;

/**
 * One page. The cursor is saved before the page is worked on: a page that kills the sweep cannot jam it. Nor can one that
 * takes too long: it is begun again by the next run, which has all its time for it, and what is left then waits for the
 * next pass.
 */
const sweepPage = async (dependencies: SweepDependencies, pass: Pass): Promise<'more' | 'finished'> => {
  const { held, report } = pass;
  const begunWith = held.memory();
  const isFirst = report.listed === 0;
  const page = await dependencies.objectStore.list(begunWith.cursor);
  await held.remember(page.next === undefined ? {} : { cursor: page.next }, 'now');
  report.listed += page.objects.length;
  const wasCut = await sweepObjects(dependencies, page, pass);
  if (wasCut && !isFirst) {
    await held.remember(begunWith, 'later');
    return 'more';
  }
  if (page.next !== undefined) return 'more';
  await sendOpenOutboxes(dependencies, report);
  return 'finished';
};

/** A hundred objects at a time, as far as the time goes; says whether it did not. */
const sweepObjects = async (
  dependencies: SweepDependencies,
  page: InboxPage,
  { held, report, cutAt }: Pass,
): Promise<boolean> => {
  const { clock, settings, sweep } = dependencies;
  const objects = oldEnough(page, sweep.minimumAgeMs + (await sweep.backlogMs()));
  const missing: Missing[] = [];
  let next = 0;
  try {
    while (next < objects.length && clock.now() < cutAt) {
      held.signal.throwIfAborted();
      const judged = await judge(dependencies, objects.slice(next, next + ledgerBatch), page.listedAt, report);
      next += ledgerBatch;
      missing.push(...judged.missing);
      // A few missing files of each hundred are sent together, ten a call. They wait for nothing that takes long.
      const isLong = missing.length >= ledgerBatch || judged.verdicts.length > 0 || sweep.redrive === 'refire';
      if (isLong) await redrive(dependencies, missing.splice(0), report);
      await inParallel(judged.verdicts, settings.concurrency, ({ file, item }) =>
        tryFinish(dependencies, file, item, report),
      );
    }
  } finally {
    // The cursor is past them: what was found is sent, whatever the next hundred came to.
    await redrive(dependencies, missing, report);
  }
  return next < objects.length;
};

type Listed = InboxPage['objects'][number];

const oldEnough = ({ objects, listedAt }: InboxPage, minimumAgeMs: number): Listed[] =>
  objects.filter(({ lastModified }) => lastModified <= listedAt - minimumAgeMs);

/** Which of these objects nobody is at, and which have a verdict that was not carried out. */
const judge = async (
  { ledger, clock, settings, sweep }: SweepDependencies,
  listed: readonly Listed[],
  listedAt: number,
  report: SweepReport,
): Promise<{ missing: readonly Missing[]; verdicts: readonly { file: FileVersion; item: LedgerItem }[] }> => {
  const items = await ledger.readAll(listed.map(({ file }) => file));
  const bounds = { now: clock.now(), skewMs: settings.skewMs, resendMs: sweep.resendMs };
  const missing: Missing[] = [];
  const verdicts: { file: FileVersion; item: LedgerItem }[] = [];
  for (const { file, lastModified } of listed) {
    const item = items.get(file.id);
    const decision = sweepDecision(item, bounds);
    if (decision === 'finish' && item !== undefined) {
      verdicts.push({ file, item });
      continue;
    }
    report.oldestUnfinishedSeconds = Math.max(
      report.oldestUnfinishedSeconds,
      Math.round((listedAt - lastModified) / 1000),
    );
    if (decision === 'send') missing.push({ file, sends: item?.sends ?? 0 });
  }
  return { missing, verdicts };
};

/** A file that nobody is at, and how often it was sent before. */
type Missing = Readonly<{ file: FileVersion; sends: number }>;

/** What S3 was made to fire again is lost like any event, and always where the notification is gone: then the queue. */
const maxRefires = 2;

/** Sends first and notes after: a crash between the two costs a spare message, the other order would cost a wait. */
const redrive = async (
  dependencies: SweepDependencies,
  missing: readonly Missing[],
  report: SweepReport,
): Promise<void> => {
  const { ledger, workQueue, clock, settings, sweep } = dependencies;
  const refires = ({ sends }: Missing): boolean => sweep.redrive === 'refire' && sends < maxRefires;
  const sent: FileVersion[] = [];
  const forQueue = missing.filter((one) => !refires(one)).map(({ file }) => file);
  await inParallel(missing.filter(refires), settings.concurrency, async ({ file }) => {
    const answer = await tryRefire(dependencies, file);
    if (answer === 'refired') sent.push(file);
    if (answer === 'changed') forQueue.push(file);
  });
  if (forQueue.length > 0) sent.push(...(await workQueue.sendAll(forQueue)));
  await inParallel(sent, settings.concurrency, (file) => ledger.markSent({ file, now: clock.now() }));
  report.foundBySweep += sent.length;
};

/** What cannot be copied goes to the queue like what a copy would change, and keeps the sweep from no other file. */
const tryRefire = async (
  { objectStore, log }: SweepDependencies,
  file: FileVersion,
): ReturnType<SweepDependencies['objectStore']['refire']> => {
  try {
    return await objectStore.refire(file, archiveKey(file));
  } catch (error) {
    log.warn('the file could not be re-fired; it goes to the queue', { fileId: file.id, error: describeError(error) });
    return 'changed';
  }
};

/** The object may be long gone and its notice still unsent: those are found in the index, not in the inbox. */
const sendOpenOutboxes = async (dependencies: SweepDependencies, report: SweepReport): Promise<void> => {
  const { ledger, clock, settings } = dependencies;
  const leaseIsOver = (item: LedgerItem): boolean => (item.leaseUntil ?? 0) < clock.now() - settings.skewMs;
  const open = (await ledger.readOpen()).filter(leaseIsOver);
  await inParallel(open, settings.concurrency, (item) =>
    tryFinish(dependencies, createFileVersion(item), item, report),
  );
};

/** One verdict that cannot be carried out must not keep the sweep from the others; the next pass meets it again. */
const tryFinish = async (
  dependencies: SweepDependencies,
  file: FileVersion,
  item: LedgerItem,
  report: SweepReport,
): Promise<void> => {
  try {
    await finishFile(dependencies, file, item);
    report.finishedBySweep += 1;
  } catch (error) {
    report.unfinished += 1;
    dependencies.log.warn('the verdict could not be carried out; the next sweep tries again', {
      fileId: file.id,
      status: item.status,
      error: describeError(error),
    });
  }
};
