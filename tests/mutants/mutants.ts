import type { Mutant } from './mutant.ts';
import { ofTheConditions } from './of-the-conditions.ts';
import { ofTheFakes } from './of-the-fakes.ts';

const protocol = 'unit/usecases/protocol';
const lanes = 'unit/usecases/lanes';
const sweep = 'unit/usecases/sweep';
const drain = 'unit/usecases/drain';
const onDynamoDb = 'contract/protocol';
const adapters = 'contract/adapters';
const localCloud = 'contract/local-cloud';
const keepLease = 'unit/usecases/keep-lease';
const runLane = 'unit/usecases/run-lane';
const exports = 'unit/usecases/logs-export';
const explored = { catcher: 'simulation/exhaustive/explore', test: 'keeps every promise' };

/** The sweep's mark in the ledger: from what it writes to the values of that. */
const marking = `SET sentAt = :now, sends = if_not_exists(sends, :zero) + :one, expiresAt = :expiresAt',
        );
        await client.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: { id: { S: file.id } },
            UpdateExpression: expression.text,
            ExpressionAttributeNames: expression.names,
            ExpressionAttributeValues: marshall({ ':now'`;

/** Where the sweep has read a hundred items and knows which files nobody is at. */
const missingFound = '  return { missing, verdicts };\n';

const claims: readonly Mutant[] = [
  {
    name: 'lease-not-checked',
    rule: 'a claim waits until the lease is over by more than the skew',
    file: 'lib/domain/claim.ts',
    find: "(item.status === 'PROCESSING' && (item.leaseUntil ?? 0) < now - skewMs);",
    replace: "item.status === 'PROCESSING';",
    catcher: protocol,
  },
  {
    name: 'skew-not-added',
    rule: 'a claim waits until the lease is over by more than the skew',
    file: 'lib/domain/claim.ts',
    find: '(item.leaseUntil ?? 0) < now - skewMs',
    replace: '(item.leaseUntil ?? 0) < now',
    catcher: 'unit/domain/claim',
  },
  {
    name: 'notes-not-claimable',
    rule: 'SUPERSEDED and GONE are claimed like absence',
    file: 'lib/domain/claim.ts',
    find: "  item.status === 'SUPERSEDED' ||\n  item.status === 'GONE' ||\n",
    replace: '',
    catcher: protocol,
  },
  {
    name: 'verdict-claimable',
    rule: 'DONE refuses a claim',
    file: 'lib/domain/claim.ts',
    find: '  item?.status === undefined ||',
    replace: "  item?.status === undefined || item.status === 'DONE' ||",
    catcher: protocol,
  },
  {
    name: 'crash-loop-not-buried',
    rule: 'a claim at maxAttempts buries: a crash loop ends without any fail',
    file: 'lib/domain/claim.ts',
    find: '  if (isBuriable(item, bounds)) return ',
    replace: '  if (isBuriable(item, bounds) && owner === undefined) return ',
    catcher: protocol,
  },
  {
    name: 'attempts-not-limited',
    rule: 'attempts never exceed the limit',
    file: 'lib/domain/claim.ts',
    find: '(isFree(item, bounds) && item.attempts < bounds.maxAttempts)',
    replace: 'isFree(item, bounds)',
    catcher: protocol,
  },
  {
    name: 'own-claim-not-recognised',
    rule: 'a claim whose response was lost is recognised by its nonce',
    file: 'lib/domain/claim.ts',
    find: "  if (item?.owner === owner && item.status === 'PROCESSING') return 'mine';\n",
    replace: '',
    catcher: protocol,
  },
  {
    name: 'own-commit-not-recognised',
    rule: 'a failed condition whose old item is my own commit is success',
    file: 'lib/usecases/process-file.ts',
    find: '  const mine = item?.owner === me;',
    replace: '  const mine = item?.owner === me && Number.isNaN(item.fence);',
    catcher: protocol,
  },
];

const leases: readonly Mutant[] = [
  {
    name: 'lost-lease-works-on',
    rule: 'a lost lease aborts the action',
    file: 'lib/usecases/keep-lease.ts',
    find: '        abort(new LeaseLostError(`another run has taken over ${lease.holds}`));\n',
    replace: '',
    catcher: keepLease,
  },
  {
    name: 'lease-used-to-its-last-moment',
    rule: "`leaseUntil − skew` by the owner's own clock aborts the action",
    file: 'lib/usecases/keep-lease.ts',
    find: 'lease.leaseUntil - skewMs - now',
    replace: 'lease.leaseUntil - now',
    catcher: keepLease,
  },
  {
    name: 'renewed-lease-used-to-its-last-moment',
    rule: "`leaseUntil − skew` by the owner's own clock aborts the action",
    file: 'lib/usecases/keep-lease.ts',
    find: 'leaseUntil - skewMs - clock.now()',
    replace: 'leaseUntil - clock.now()',
    catcher: keepLease,
  },
];

const ends: readonly Mutant[] = [
  {
    name: 'poison-without-notice',
    rule: 'the notice of POISON is written by the same update',
    file: 'lib/usecases/process-file.ts',
    find: 'outbox: [quarantineNotice(ownership.file, item, lastError)] }',
    replace: 'outbox: [] }',
    catcher: protocol,
  },
  {
    name: 'throttle-spends-attempts',
    rule: 'a throttle of our own calls gives the attempt back',
    file: 'lib/domain/failure.ts',
    find: "return ours && now - firstSeenAt < giveBackForMs ? 'ours' : 'counted';",
    replace: "return ours && now < firstSeenAt ? 'ours' : 'counted';",
    catcher: protocol,
  },
  {
    name: 'failures-not-counted',
    rule: "the action's errors count: a bad file does not bill for ever",
    file: 'lib/domain/failure.ts',
    find: "? 'ours' : 'counted';",
    replace: "? 'ours' : 'ours';",
    catcher: protocol,
  },
  {
    name: 'outbox-sent-by-anybody',
    rule: 'the outbox is sent by its owner, by others only after its lease',
    file: 'lib/usecases/finish-file.ts',
    find: '  if (owner !== me && !leaseIsOver) return;\n',
    replace: '',
    catcher: protocol,
  },
  {
    name: 'outbox-not-cleared',
    rule: 'finish removes the outbox once it is sent',
    file: 'lib/usecases/finish-file.ts',
    find: '  await ledger.clearOutbox({ file, owner, now: clock.now() });\n',
    replace: '',
    catcher: protocol,
  },
  {
    name: 'outbox-cleared-before-it-is-sent',
    rule: 'send, then remove the outbox',
    file: 'lib/usecases/finish-file.ts',
    find: '  for (const notice of outbox) await notifier.send(notice);',
    replace:
      '  await ledger.clearOutbox({ file, owner, now: clock.now() });\n  for (const notice of outbox) await notifier.send(notice);',
    catcher: 'simulation/crash-at-every-call',
  },
  {
    name: 'removed-before-the-archive',
    rule: 'archive or quarantine, then delete',
    file: 'lib/usecases/finish-file.ts',
    find: "  if (item.status === 'POISON') {\n",
    replace: "  await objectStore.remove(file);\n  if (item.status === 'POISON') {\n",
    catcher: protocol,
  },
];

const sweeping: readonly Mutant[] = [
  {
    name: 'open-outboxes-not-walked',
    rule: 'the sweep walks the index of items that still hold an outbox',
    file: 'lib/usecases/sweep.ts',
    find: '  await sendOpenOutboxes(dependencies, report);\n',
    replace: '',
    catcher: sweep,
  },
  {
    name: 'marked-before-it-is-sent',
    rule: 'sends first and notes after',
    file: 'lib/usecases/sweep.ts',
    find: '  const sent: FileVersion[] = [];\n',
    replace:
      '  const sent: FileVersion[] = [];\n  for (const { file } of missing) await ledger.markSent({ file, now: clock.now() });\n',
    catcher: sweep,
  },
  {
    name: 'cursor-saved-after-the-page',
    rule: 'the cursor is saved before its page is worked on',
    file: 'lib/usecases/sweep.ts',
    find: "cursor: page.next }, 'now');",
    replace: "cursor: page.next }, 'later');",
    catcher: sweep,
  },
  {
    name: 'rest-of-the-page-left-out',
    rule: 'a page that its time did not reach the end of is begun again',
    file: 'lib/usecases/sweep.ts',
    find: "    await held.remember(begunWith, 'later');\n",
    replace: '',
    catcher: sweep,
  },
  {
    name: 'long-page-jams-the-pass',
    rule: 'a page that fills a whole run is left to the next pass',
    file: 'lib/usecases/sweep.ts',
    find: 'if (wasCut && !isFirst) {',
    replace: 'if (wasCut) {',
    catcher: sweep,
  },
  {
    name: 'sent-again-at-every-pass',
    rule: 'what was sent is not sent again before a growing interval is over',
    file: 'lib/domain/sweep.ts',
    find: "  return item.sentAt + wait <= now ? 'send' : 'leave';",
    replace: "  return item.sentAt <= now + wait ? 'send' : 'leave';",
    catcher: sweep,
  },
  {
    name: 'sweep-finishes-notes',
    rule: 'the sweeper finishes verdicts, and no note',
    file: 'lib/domain/sweep.ts',
    find: "    case 'POISON':\n      return 'finish';",
    replace: "    case 'POISON':\n    case 'SUPERSEDED':\n    case 'GONE':\n      return 'finish';",
    catcher: sweep,
  },
];

const relaying: readonly Mutant[] = [
  {
    name: 'baton-without-fence',
    rule: "a baton claims the lane only if the fence is the baton's",
    file: 'lib/domain/lane.ts',
    find: 'return baton === undefined || item.fence === baton.fence;',
    replace: 'return true;',
    catcher: lanes,
  },
  {
    name: 'lane-lease-not-checked',
    rule: 'one runner per lane',
    file: 'lib/domain/lane.ts',
    find: 'item.paused === true || (item.leaseUntil ?? 0) >= now - skewMs',
    replace: 'item.paused === true',
    catcher: lanes,
  },
  {
    name: 'kill-switch-ignored',
    rule: 'nobody claims a paused lane',
    file: 'lib/domain/lane.ts',
    find: 'item.paused === true || ',
    replace: '',
    catcher: lanes,
  },
  {
    name: 'unanswered-message-deleted',
    rule: 'a message is deleted once the ledger holds an answer',
    file: 'lib/usecases/drain.ts',
    find: '      report.unanswered += 1;',
    replace: '      report.unanswered += 1;\n      spent.push(message);',
    catcher: drain,
  },
  {
    name: 'message-deleted-before-its-answer',
    rule: 'a message is deleted once the ledger holds an answer, not before',
    file: 'lib/usecases/drain.ts',
    find: '      const answered = await answer(dependencies, message, deadlineAt);\n',
    replace:
      '      await workQueue.deleteAll([message]);\n      const answered = await answer(dependencies, message, deadlineAt);\n',
    ...explored,
    says: 'MESSAGE DELETED WITHOUT AN ANSWER',
  },
  {
    name: 'receives-while-throttled',
    rule: 'while the ledger or S3 throttles, stop receiving',
    file: 'lib/usecases/drain.ts',
    find: 'if (error instanceof TransientError) unrecorded.push(message);',
    replace: '',
    catcher: drain,
  },
  {
    name: 'receives-while-the-store-throttles',
    rule: 'while the ledger or S3 throttles, stop receiving',
    file: 'lib/usecases/drain.ts',
    find: 'if (answered.throttled) throttled.push(message);',
    replace: '',
    catcher: drain,
  },
  {
    name: 'handed-on-without-release',
    rule: 'hand-over is a release: end the lease, then invoke',
    file: 'lib/usecases/run-lane.ts',
    find: 'const released = await laneStore.release({ lane, owner, hop: spent ? 0 : hop, memory });',
    replace:
      'const released = spent ? await laneStore.release({ lane, owner, hop: 0, memory }) : { written: true, item };',
    catcher: runLane,
  },
  {
    name: 'hops-without-budget',
    rule: 'a tick leads to so many hops at most',
    file: 'lib/usecases/run-lane.ts',
    find: 'const spent = hop >= maxHops;',
    replace: 'const spent = hop >= maxHops * 100;',
    catcher: runLane,
  },
];

const adaptersOf: readonly Mutant[] = [
  {
    name: 'commit-by-a-stale-owner',
    rule: 'commit on condition that I am still the owner',
    file: 'lib/adapters/dynamodb-ledger.ts',
    find: "remove: ['lastError'],\n        condition: ownedByMe,",
    replace:
      "remove: ['lastError'],\n        condition: 'status = :processing AND (owner = :owner OR owner <> :owner)',",
    catcher: onDynamoDb,
  },
  {
    name: 'fail-by-a-stale-owner',
    rule: 'fail on condition that I am still the owner',
    file: 'lib/adapters/dynamodb-ledger.ts',
    find: "          ...(giveBack ? { attempts: 'attempts - :one' } : {}),\n        },\n        condition: ownedByMe,",
    replace:
      "          ...(giveBack ? { attempts: 'attempts - :one' } : {}),\n        },\n        condition: 'status = :processing AND (owner = :owner OR owner <> :owner)',",
    catcher: onDynamoDb,
  },
  {
    name: 'sweep-writes-status',
    rule: 'the sweeper writes no status',
    file: 'lib/adapters/dynamodb-ledger.ts',
    find: marking,
    replace: marking.replace('SET ', 'SET status = :retry, ').replace("{ ':now'", "{ ':retry': 'RETRY', ':now'"),
    catcher: adapters,
  },
  {
    name: 'sweep-writes-status-where-there-is-none',
    rule: 'the sweeper writes no status, on no condition either',
    file: 'lib/adapters/dynamodb-ledger.ts',
    find: marking,
    replace: marking
      .replace('SET ', 'SET status = if_not_exists(status, :retry), ')
      .replace("{ ':now'", "{ ':retry': 'RETRY', ':now'"),
    catcher: adapters,
  },
  {
    name: 'end-of-life-not-renewed',
    rule: '`expiresAt` is renewed by every write, claims included',
    file: 'lib/adapters/dynamodb-ledger.ts',
    find: "expiresAt: ':expiresAt' }",
    replace: "expiresAt: verb === 'claim' ? 'if_not_exists(expiresAt, :expiresAt)' : ':expiresAt' }",
    catcher: localCloud,
    test: 'renews its end of life',
  },
  {
    name: 'outbox-cleared-by-a-stale-owner',
    rule: 'the outbox is removed on condition that its owner is still the one whose outbox was sent',
    file: 'lib/adapters/dynamodb-ledger.ts',
    find: "'status IN (:done, :poison) AND owner = :owner'",
    replace: "'status IN (:done, :poison) AND (owner = :owner OR owner <> :owner)'",
    catcher: localCloud,
    test: 'clears',
  },
  {
    name: 'replayed-under-a-lease',
    rule: 'a replay is refused while the lease of the last owner may hold',
    file: 'lib/adapters/dynamodb-ledger.ts',
    find: "'status = :poison AND leaseUntil < :nowMinusSkew'",
    replace: "'status = :poison AND (leaseUntil < :nowMinusSkew OR leaseUntil >= :nowMinusSkew)'",
    catcher: localCloud,
    test: 'clears',
  },
  {
    name: 'reads-any-object',
    rule: 'the object is read with If-Match: what is no longer current is never processed',
    file: 'lib/adapters/s3-object-store.ts',
    find: 'new GetObjectCommand({ Bucket: file.bucket, Key: file.key, IfMatch: quoted(file.eTag) })',
    replace: 'new GetObjectCommand({ Bucket: file.bucket, Key: file.key })',
    catcher: localCloud,
    test: 'at each pinned call',
  },
  {
    name: 'reads-by-version',
    rule: 'the current object is read, never one by its versionId',
    file: 'lib/adapters/s3-object-store.ts',
    find: '        new GetObjectCommand({ Bucket: file.bucket, Key: file.key, IfMatch: quoted(file.eTag) }),\n',
    replace: `        new GetObjectCommand({
          Bucket: file.bucket,
          Key: file.key,
          VersionId: (
            await client.send(
              new (await import('@aws-sdk/client-s3')).ListObjectVersionsCommand({ Bucket: file.bucket, Prefix: file.key }),
            )
          ).Versions?.find(({ Key, ETag }) => Key === file.key && ETag === quoted(file.eTag))?.VersionId,
        }),
`,
    catcher: localCloud,
    test: 'at each pinned call',
    says: 'Received promise resolved instead of rejected',
  },
  {
    name: 'deletes-any-object',
    rule: 'the object is deleted with If-Match: never a newer one',
    file: 'lib/adapters/s3-object-store.ts',
    find: 'new DeleteObjectCommand({ Bucket: file.bucket, Key: file.key, IfMatch: quoted(file.eTag) })',
    replace: 'new DeleteObjectCommand({ Bucket: file.bucket, Key: file.key })',
    catcher: localCloud,
    test: 'at each pinned call',
  },
  {
    name: 'refire-over-a-newer-object',
    rule: "refire's copy back carries If-Match of the destination",
    file: 'lib/adapters/s3-object-store.ts',
    find: '            CopySource: copySource({ ...file, key: viaKey }),\n            IfMatch: quoted(file.eTag),\n',
    replace: '            CopySource: copySource({ ...file, key: viaKey }),\n',
    catcher: localCloud,
    test: 'between the two copies',
  },
  {
    name: 'refire-deletes',
    rule: 'refire deletes nothing on the way',
    file: 'lib/adapters/s3-object-store.ts',
    find: "if (there.CopyObjectResult?.ETag !== quoted(file.eTag)) return 'changed';\n",
    replace:
      "if (there.CopyObjectResult?.ETag !== quoted(file.eTag)) return 'changed';\n        await client.send(new DeleteObjectCommand({ Bucket: file.bucket, Key: file.key }));\n",
    catcher: localCloud,
    test: 'refires in place',
  },
  {
    name: 'replay-deletes-the-copy',
    rule: 'a replay never deletes the quarantine copy',
    file: 'lib/adapters/s3-quarantine.ts',
    find: "          return 'restored';\n",
    replace:
      "          const { DeleteObjectCommand } = await import('@aws-sdk/client-s3');\n          await client.send(new DeleteObjectCommand({ Bucket: file.bucket, Key: quarantineKey(file) }));\n          return 'restored';\n",
    catcher: localCloud,
    test: 'keeps the copy',
  },
  {
    name: 'refire-renames',
    rule: "what a copy would rename goes to the queue: the copy's eTag is checked",
    file: 'lib/adapters/s3-object-store.ts',
    find: 'if (there.CopyObjectResult?.ETag !== quoted(file.eTag)) return',
    replace: 'if (there.CopyObjectResult?.ETag === undefined) return',
    catcher: adapters,
  },
];

const exporting: readonly Mutant[] = [
  {
    name: 'manifest-before-completed',
    rule: 'the manifest is written only after a task is COMPLETED',
    file: 'lib/usecases/check-exports.ts',
    find: 'const tasks = await logExports.listTasks();\n',
    replace:
      "const tasks = (await logExports.listTasks()).map((task) => (isActive(task) ? { ...task, status: 'COMPLETED' as const } : task));\n",
    catcher: exports,
  },
  {
    name: 'failed-taken-as-done',
    rule: 'a task that FAILED is tried again, never taken as done',
    file: 'lib/domain/export-plan.ts',
    find: "task.status === 'COMPLETED' && !missing",
    replace: "(task.status === 'COMPLETED' || task.status === 'FAILED') && !missing",
    catcher: exports,
  },
  {
    name: 'task-looked-for-only-in-bucket-check',
    rule: 'a task of that name is looked for immediately before every create',
    file: 'lib/usecases/export-logs.ts',
    find: "  if (found) return answer({ outcome: 'adopted', taskId: found.taskId });\n",
    replace: '',
    catcher: exports,
  },
  {
    name: 'last-millisecond-cut',
    rule: 'a month reaches to its last millisecond',
    file: 'lib/domain/month.ts',
    find: 'to: Date.UTC(year, ordinal) }',
    replace: 'to: Date.UTC(year, ordinal) - 1 }',
    catcher: 'simulation/logs-export',
  },
  {
    name: 'range-a-millisecond-short',
    rule: "the API's `to` is the last millisecond itself",
    file: 'lib/adapters/cloudwatch-log-exports.ts',
    find: 'to: to - 1,',
    replace: 'to: to - 2,',
    catcher: 'contract/exports',
    test: 'lets each end of a range arrive',
  },
  {
    name: 'month-exported-too-early',
    rule: 'a month is closed twelve hours after its end',
    file: 'lib/domain/month.ts',
    find: 'before(monthOf(now - settlingMs))',
    replace: 'before(monthOf(now))',
    catcher: 'unit/domain/month',
  },
];

/** Breaks that a promise notices which nothing else of this list breaks, in some order of all calls. */
const inEveryOrder: readonly Mutant[] = [
  {
    name: 'notice-under-its-senders-name',
    rule: 'a notice that is sent again carries the same id, whoever sends it',
    file: 'lib/usecases/finish-file.ts',
    find: '  for (const notice of outbox) await notifier.send(notice);',
    replace: "  for (const notice of outbox) await notifier.send({ ...notice, id: `${notice.id}-${me ?? 'swept'}` });",
    ...explored,
    says: 'TOLD UNDER TWO IDS',
  },
  {
    name: 'deleted-before-its-archive',
    rule: 'with `archive: bak`, the copy comes before the deletion',
    file: 'lib/usecases/finish-file.ts',
    find: "    if ((await objectStore.copy(file, archiveKey(file))) === 'absent') return;\n",
    replace: '    archiveKey(file);\n',
    ...explored,
    says: 'DELETED BEFORE ITS ARCHIVE',
  },
  {
    name: 'runs-without-end',
    rule: 'a lane stops at its budget of hops',
    file: 'lib/usecases/run-lane.ts',
    find: 'const spent = hop >= maxHops;',
    replace: 'const spent = hop < 0 && hop >= maxHops;',
    ...explored,
    says: 'HOPS OVER THE BUDGET',
  },
  {
    name: 'sweep-writes-status-first',
    rule: 'the sweeper writes no status before it sends',
    file: 'lib/usecases/sweep.ts',
    find: missingFound,
    replace: `  for (const { file } of missing) {
    const { owner, status } = (await ledger.readAll([file])).get(file.id) ?? {};
    const queued = { file, owner: owner ?? '', now: 0, nextAttemptAt: 0, lastError: '', giveBack: false };
    if (status === 'PROCESSING') await ledger.retry(queued);
  }
${missingFound}`,
    ...explored,
    says: 'TWO LIVE OWNERS',
  },
  {
    name: 'sweep-writes-status-on-condition',
    rule: 'the sweeper writes no status after it sent, on condition that it is still what it has just read either',
    file: 'lib/usecases/sweep.ts',
    find: '  report.foundBySweep += sent.length;\n',
    replace: `  for (const { file } of missing) {
    const { owner, status } = (await ledger.readAll([file])).get(file.id) ?? {};
    const queued = { file, owner: owner ?? '', now: 0, nextAttemptAt: 0, lastError: '', giveBack: false };
    if (status === 'PROCESSING') await ledger.retry(queued);
  }
  report.foundBySweep += sent.length;
`,
    ...explored,
    says: 'TWO LIVE OWNERS',
  },
];

/** Every mutant, by the part of the house that it breaks. */
export const mutants: readonly Mutant[] = [
  ...claims,
  ...leases,
  ...ends,
  ...sweeping,
  ...relaying,
  ...adaptersOf,
  ...ofTheConditions,
  ...inEveryOrder,
  ...exporting,
  ...ofTheFakes,
];
