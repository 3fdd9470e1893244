import type { Action, ActionFile, Rule } from '../../lib/domain/action.ts';
import { PermanentError, ServiceUnavailableError } from '../../lib/domain/errors.ts';
import type { FileVersion } from '../../lib/domain/file-version.ts';
import type { LedgerItem } from '../../lib/domain/ledger-item.ts';
import { quarantineKey, reasonKey } from '../../lib/domain/quarantine.ts';
import type { Outcome } from '../../lib/domain/outcome.ts';
import { processFile } from '../../lib/usecases/process-file.ts';
import { replayFile, replayRefusal } from '../../lib/usecases/replay-file.ts';
import { countingEntropy } from './recorders.ts';
import { testSettings, type Call, type MakeWorld, type World } from './world.ts';
import { createVirtualClock } from './virtual-clock.ts';

const day = 24 * 60 * 60 * 1000;
const leaseAndSkew = testSettings.leaseMs + testSettings.skewMs;

/** An action that counts its runs and does what it is told. */
const acting = (run: (file: ActionFile, times: number) => Promise<Record<string, unknown> | undefined>) => {
  let runs = 0;
  const action: Action = { name: 'acting', run: (file) => run(file, (runs += 1)) };
  const rules: Rule[] = [{ prefix: 'incoming/', actions: [action] }];
  return { rules, runs: () => runs };
};

const quietly = () => acting(async () => undefined);
const notifying = () =>
  acting(async (file) => {
    file.notify({ subject: 'done', text: 'done' });
    return undefined;
  });
const throwing = (error: () => Error, times = Infinity) =>
  acting(async (_file, run) => {
    if (run <= times) throw error();
    return undefined;
  });

/** A door that an action waits at, so that a test can do something meanwhile. */
const door = () => {
  const reached = Promise.withResolvers<undefined>();
  const opened = Promise.withResolvers<undefined>();
  return {
    wait: () => {
      reached.resolve(undefined);
      return opened.promise;
    },
    reached: reached.promise,
    open: () => opened.resolve(undefined),
  };
};

const trigger = (world: World, file: FileVersion): Promise<Outcome> =>
  processFile(world.dependencies, { file, via: 'event', deadlineAt: world.clock.now() + day });

/** The same on a machine whose own clock stands still, so that neither its renewals nor its deadline come. */
const triggerOnStalledMachine = (world: World, file: FileVersion): Promise<Outcome> => {
  const clock = createVirtualClock(world.clock.now());
  const dependencies = { ...world.dependencies, clock, entropy: countingEntropy('stalled') };
  return processFile(dependencies, { file, via: 'event', deadlineAt: clock.now() + day });
};

/** A function that claimed the file and died before its next call. */
const claimAndDie = async (world: World, file: FileVersion): Promise<void> => {
  const { ledger, clock, entropy, settings } = world.dependencies;
  const now = clock.now();
  const answer = await ledger.claim({
    file,
    owner: `dead-${entropy.nonce()}`,
    via: 'event',
    leaseUntil: now + settings.leaseMs,
    bounds: { now, skewMs: settings.skewMs, maxAttempts: settings.maxAttempts },
  });
  expect(answer.written).toBe(true);
};

const field = <Name extends keyof LedgerItem>(item: LedgerItem | undefined, name: Name): LedgerItem[Name] | undefined =>
  item?.[name];

/**
 * What the protocol promises, run against the fakes and against real emulators: a promise that holds only in one of
 * the two worlds is not kept.
 */
export const protocolSuite = (makeWorld: MakeWorld): void => {
  let world: World;
  const worldWith = async (...[options]: Parameters<MakeWorld>): Promise<World> => {
    world = await makeWorld(options);
    return world;
  };
  afterEach(() => world.close());

  describe('a file', () => {
    it('is done, committed with what its actions recorded, and leaves the inbox', async () => {
      const { rules, runs } = acting(async (file) => ({ first: Buffer.from(await file.peek(5)).toString() }));
      await worldWith({ rules });
      const file = await world.put('incoming/a b+ü.txt', 'hello world');

      expect(await trigger(world, file)).toBe('done');

      const item = await world.item(file);
      expect(item).toMatchObject({ status: 'DONE', attempts: 1, fence: 1, key: 'incoming/a b+ü.txt', size: 11 });
      expect(item?.metadata).toEqual({ acting: { first: 'hello' } });
      expect(item?.expiresAt).toBe(Math.floor(world.clock.now() / 1000) + 400 * 24 * 60 * 60);
      expect(item).not.toHaveProperty('open');
      expect(await world.keys()).toEqual([]);
      expect(runs()).toBe(1);
    });

    it('is answered in one structured log line with its id', async () => {
      await worldWith({ rules: quietly().rules });
      const file = await world.put('incoming/a', 'A');
      await trigger(world, file);
      const answers = world.log.lines.filter(({ message }) => message === 'file answered');
      expect(answers).toHaveLength(1);
      expect(answers[0]!.fields).toMatchObject({ fileId: file.id, outcome: 'done', via: 'event', attempts: 1 });
    });

    it('sends its notice after the commit, once, and clears the outbox', async () => {
      await worldWith({ rules: notifying().rules });
      const file = await world.put('incoming/a', 'A');
      expect(await trigger(world, file)).toBe('done');
      expect(world.notifier.sent).toHaveLength(1);
      const item = await world.item(file);
      expect(item).not.toHaveProperty('outbox');
      expect(item).not.toHaveProperty('open');
    });

    it('is a duplicate the second time, and nothing is repeated', async () => {
      const { rules, runs } = notifying();
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      await trigger(world, file);
      expect(await trigger(world, file)).toBe('duplicate');
      expect(runs()).toBe(1);
      expect(world.notifier.sent).toHaveLength(1);
    });

    it('uploaded again unchanged is taken out of the inbox, not processed again', async () => {
      const { rules, runs } = quietly();
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      await trigger(world, file);
      const again = await world.put('incoming/a', 'A');
      expect(again.id).toBe(file.id);
      expect(await trigger(world, again)).toBe('duplicate');
      expect(await world.keys()).toEqual([]);
      expect(runs()).toBe(1);
    });

    it('goes to bak/ with archive: bak', async () => {
      await worldWith({ rules: quietly().rules, settings: { archive: 'bak' } });
      const file = await world.put('incoming/a', 'A');
      expect(await trigger(world, file)).toBe('done');
      expect(await world.keys()).toEqual([expect.stringMatching(/^bak\/[0-9a-f]{64}\/incoming\/a$/)]);
    });

    it('gives an output the same key at every run, and records it', async () => {
      const { rules } = acting(async (file, times) => {
        await file.writeOutput('copies', 'text', { contentType: 'text/plain', ending: '.txt' });
        if (times === 1) throw new Error('after the output');
        return undefined;
      });
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      expect(await trigger(world, file)).toBe('retry');
      await world.clock.advance(day / 24);
      expect(await trigger(world, file)).toBe('done');
      const outputs = field(await world.item(file), 'outputs');
      expect(outputs).toEqual([
        { key: expect.stringMatching(/^copies\/[0-9a-f]{64}\/incoming\/a\.txt$/), size: 4, contentType: 'text/plain' },
      ]);
    });
  });

  describe('two triggers at once', () => {
    it('make one owner; the other is told busy and spends no attempt', async () => {
      const { wait, reached, open } = door();
      const { rules, runs } = acting(async () => {
        await wait();
        return undefined;
      });
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      const first = trigger(world, file);
      await reached;
      expect(await trigger(world, file)).toBe('busy');
      open();
      expect(await first).toBe('done');
      expect(runs()).toBe(1);
      expect(await world.item(file)).toMatchObject({ attempts: 1, fence: 1 });
    });
  });

  describe('a stale owner', () => {
    it('can neither commit, fail, note, renew nor clear what the new owner holds', async () => {
      await worldWith({ rules: quietly().rules });
      const { ledger, clock, settings } = world.dependencies;
      const file = await world.put('incoming/a', 'A');
      const bounds = () => ({ now: clock.now(), skewMs: settings.skewMs, maxAttempts: settings.maxAttempts });
      const claim = (owner: string) =>
        ledger.claim({ file, owner, via: 'event', leaseUntil: clock.now() + settings.leaseMs, bounds: bounds() });
      expect((await claim('stale')).written).toBe(true);
      await world.clock.advance(leaseAndSkew + 1);
      expect(await claim('new')).toMatchObject({ written: true, item: { fence: 2, attempts: 2 } });

      const stale = { file, owner: 'stale', now: clock.now() };
      const result = { metadata: {}, outputs: [], outbox: [] };
      const refused = { written: false, item: { owner: 'new', status: 'PROCESSING' } };
      expect(await ledger.commit({ ...stale, result })).toMatchObject(refused);
      expect(await ledger.retry({ ...stale, nextAttemptAt: 0, lastError: 'x', giveBack: false })).toMatchObject(
        refused,
      );
      expect(await ledger.poison({ ...stale, lastError: 'x', outbox: [] })).toMatchObject(refused);
      expect(await ledger.note({ ...stale, status: 'GONE' })).toMatchObject(refused);
      expect(await ledger.renew({ ...stale, leaseUntil: clock.now() + day })).toMatchObject(refused);

      const outbox = [{ id: 'n', kind: 'processed' as const, subject: 's', text: 't', data: {} }];
      const mine = { ...stale, owner: 'new' };
      expect((await ledger.commit({ ...mine, result: { ...result, outbox } })).written).toBe(true);
      expect((await ledger.clearOutbox(stale)).written).toBe(false);
      expect(field(await world.item(file), 'outbox')).toEqual(outbox);
      expect((await ledger.clearOutbox(mine)).written).toBe(true);
      expect(await world.item(file)).not.toHaveProperty('open');
    });

    it('that wakes up after a take-over changes nothing, and says duplicate', async () => {
      const { wait, reached, open } = door();
      const { rules, runs } = acting(async (_file, times) => {
        if (times === 1) await wait();
        return { run: times };
      });
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      const stalled = triggerOnStalledMachine(world, file);
      await reached;
      await world.clock.advance(leaseAndSkew + 1);
      expect(await trigger(world, file)).toBe('done');
      open();
      expect(await stalled).toBe('duplicate');
      expect(runs()).toBe(2);
      expect(await world.item(file)).toMatchObject({ status: 'DONE', fence: 2, metadata: { acting: { run: 2 } } });
    });

    it('that fails after a take-over does not undo the verdict', async () => {
      const { wait, reached, open } = door();
      const { rules } = acting(async (_file, times) => {
        if (times > 1) return undefined;
        await wait();
        throw new Error('too late');
      });
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      const stalled = triggerOnStalledMachine(world, file);
      await reached;
      await world.clock.advance(leaseAndSkew + 1);
      await trigger(world, file);
      open();
      expect(await stalled).toBe('duplicate');
      expect(await world.item(file)).toMatchObject({ status: 'DONE' });
    });
  });

  describe('a lost response', () => {
    const cases: [Call, Outcome, () => ReturnType<typeof acting>][] = [
      ['claim', 'done', quietly],
      ['commit', 'done', notifying],
      ['clearOutbox', 'done', notifying],
      ['retry', 'retry', () => throwing(() => new Error('no'))],
      ['poison', 'poison', () => throwing(() => new PermanentError('never'))],
    ];
    it.each(cases)('of %s is recognised as one’s own write: %s', async (call, outcome, action) => {
      const { rules, runs } = action();
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      world.loseNextResponse(call);
      expect(await trigger(world, file)).toBe(outcome);
      expect(runs()).toBe(1);
      expect(await world.item(file)).toMatchObject({ attempts: 1, fence: 1 });
      if (outcome !== 'retry') expect(await world.keys()).not.toContain('incoming/a');
    });

    it('of a note is recognised, too', async () => {
      await worldWith({ rules: quietly().rules });
      const file = await world.put('incoming/a', 'A');
      await world.delete('incoming/a');
      world.loseNextResponse('note');
      expect(await trigger(world, file)).toBe('gone');
    });

    it('of bury is recognised, and its notice is sent once', async () => {
      await worldWith({ rules: quietly().rules, settings: { maxAttempts: 1 } });
      const file = await world.put('incoming/a', 'A');
      await claimAndDie(world, file);
      await world.clock.advance(leaseAndSkew + 1);
      world.loseNextResponse('bury');
      expect(await trigger(world, file)).toBe('poison');
      expect(world.notifier.sent).toHaveLength(1);
    });
  });

  describe('a function that dies', () => {
    it('at its first second is taken over after lease + skew, not before', async () => {
      await worldWith({ rules: quietly().rules });
      const file = await world.put('incoming/a', 'A');
      await claimAndDie(world, file);
      expect(await trigger(world, file)).toBe('busy');
      await world.clock.advance(leaseAndSkew);
      expect(await trigger(world, file)).toBe('busy');
      await world.clock.advance(1);
      expect(await trigger(world, file)).toBe('done');
      expect(await world.item(file)).toMatchObject({ attempts: 2, fence: 2 });
    });

    it('at every attempt ends in quarantine at maxAttempts, though nobody ever recorded a failure', async () => {
      const { rules, runs } = quietly();
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      for (let attempt = 0; attempt < testSettings.maxAttempts; attempt += 1) {
        await claimAndDie(world, file);
        await world.clock.advance(leaseAndSkew + 1);
      }
      expect(await trigger(world, file)).toBe('poison');
      expect(runs()).toBe(0);
      expect(await world.item(file)).toMatchObject({ status: 'POISON', attempts: testSettings.maxAttempts });
      expect(await world.keys()).toEqual([quarantineKey(file), reasonKey(file)].sort());
      expect(await world.document(reasonKey(file))).toMatchObject({
        fileId: file.id,
        reason: expect.stringContaining('CrashError'),
        attempts: testSettings.maxAttempts,
      });
      expect(world.notifier.sent).toMatchObject([{ kind: 'quarantined', data: { fileId: file.id } }]);
      expect(await trigger(world, file)).toBe('poison');
      expect(world.notifier.sent).toHaveLength(1);
    });

    it('after the commit leaves its notice to whoever comes after its lease, under the same id', async () => {
      await worldWith({ rules: notifying().rules });
      const file = await world.put('incoming/a', 'A');
      const down: typeof world.notifier.send = () => Promise.reject(new ServiceUnavailableError('SNS is down'));
      const deafNotifier = { ...world.dependencies, notifier: { send: down } };
      const at = { file, via: 'event' as const, deadlineAt: world.clock.now() + day };
      expect(await processFile(deafNotifier, at)).toBe('done');
      expect(await world.keys()).toEqual(['incoming/a']);
      const promised = field(await world.item(file), 'outbox');

      expect(await trigger(world, file)).toBe('duplicate');
      expect(world.notifier.sent).toHaveLength(0);
      expect(await world.keys()).toEqual([]);

      await world.clock.advance(leaseAndSkew + 1);
      expect(await trigger(world, file)).toBe('duplicate');
      expect(world.notifier.sent).toEqual(promised);
      expect(await world.item(file)).not.toHaveProperty('open');
    });
  });

  describe('a sender who changes his mind', () => {
    it('A → B → A before A was read: A is done, B is superseded', async () => {
      const { rules, runs } = quietly();
      await worldWith({ rules });
      const first = await world.put('incoming/a', 'A');
      const second = await world.put('incoming/a', 'B');
      expect(await trigger(world, first)).toBe('superseded');
      const third = await world.put('incoming/a', 'A');
      expect(await trigger(world, second)).toBe('superseded');
      expect(await trigger(world, third)).toBe('done');
      expect(runs()).toBe(1);
      expect(await world.item(first)).toMatchObject({ status: 'DONE', attempts: 1 });
      expect(await world.keys()).toEqual([]);
    });

    it('A → delete → A: the note does not keep A from being done', async () => {
      await worldWith({ rules: quietly().rules });
      const file = await world.put('incoming/a', 'A');
      await world.delete('incoming/a');
      expect(await trigger(world, file)).toBe('gone');
      await world.put('incoming/a', 'A');
      expect(await trigger(world, file)).toBe('done');
      expect(await world.item(file)).toMatchObject({ status: 'DONE', attempts: 1, fence: 2 });
    });

    it('who overwrites a file while it is processed keeps the newer one in the inbox', async () => {
      const { wait, reached, open } = door();
      const { rules } = acting(async (_file, times) => {
        if (times === 1) await wait();
        return undefined;
      });
      await worldWith({ rules });
      const old = await world.put('incoming/a', 'A');
      const first = trigger(world, old);
      await reached;
      const newer = await world.put('incoming/a', 'B');
      open();
      expect(await first).toBe('done');
      expect(await world.keys()).toEqual(['incoming/a']);
      expect(await trigger(world, newer)).toBe('done');
      expect(await world.keys()).toEqual([]);
    });

    it('is noticed even when an action swallows what its second read told it', async () => {
      const { rules } = acting(async (file) => {
        (await file.body()).resume();
        await world.put('incoming/a', 'B');
        await file.body().catch(() => undefined);
        return undefined;
      });
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      expect(await trigger(world, file)).toBe('superseded');
    });
  });

  describe('an action that fails', () => {
    it('is tried again when its back-off is over, with one fresh message to say so', async () => {
      const { rules } = throwing(() => new Error('flaky'), 1);
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      expect(await trigger(world, file)).toBe('retry');
      const item = await world.item(file);
      expect(item).toMatchObject({ status: 'RETRY', lastError: 'Error: flaky', attempts: 1 });
      const backOff = field(item, 'nextAttemptAt')! - world.clock.now();
      expect(world.workQueue.sent).toEqual([{ file, delaySeconds: Math.ceil((backOff + testSettings.skewMs) / 1000) }]);
      await world.clock.advance(backOff - 1);
      expect(await trigger(world, file)).toBe('waiting');
      await world.clock.advance(1);
      expect(await trigger(world, file)).toBe('done');
      expect(await world.item(file)).not.toHaveProperty('lastError');
    });

    it('at every attempt goes to quarantine with its reason, and a person is told', async () => {
      const { rules, runs } = throwing(() => new Error('always'));
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      const outcomes: Outcome[] = [];
      for (let i = 0; i < testSettings.maxAttempts; i += 1) {
        outcomes.push(await trigger(world, file));
        await world.clock.advance(day / 24);
      }
      expect(outcomes).toEqual(['retry', 'retry', 'poison']);
      expect(runs()).toBe(testSettings.maxAttempts);
      expect(await world.keys()).toEqual([quarantineKey(file), reasonKey(file)].sort());
      expect(await world.document(reasonKey(file))).toMatchObject({ reason: 'Error: always', key: 'incoming/a' });
      expect(world.notifier.sent).toHaveLength(1);
    });

    it('with a permanent error goes to quarantine at once', async () => {
      const { rules, runs } = throwing(() => new PermanentError('not a CSV'));
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      expect(await trigger(world, file)).toBe('poison');
      expect(runs()).toBe(1);
      expect(await world.document(reasonKey(file))).toMatchObject({ reason: 'PermanentError: not a CSV' });
    });

    it('because our own calls are throttled for a minute spends no attempt and poisons nothing', async () => {
      const { rules, runs } = throwing(() => new ServiceUnavailableError('throttled'), 10);
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      let outcome = await trigger(world, file);
      while (outcome === 'throttled') {
        expect(await world.item(file)).toMatchObject({ status: 'RETRY', attempts: 0 });
        await world.clock.advance(60_000);
        outcome = await trigger(world, file);
      }
      expect(outcome).toBe('done');
      expect(runs()).toBe(11);
    });

    it('because of us for more than a day is counted after all', async () => {
      const { rules } = throwing(() => new ServiceUnavailableError('always throttled'));
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      expect(await trigger(world, file)).toBe('throttled');
      await world.clock.advance(day);
      for (const outcome of ['throttled', 'throttled', 'poison']) {
        expect(await trigger(world, file)).toBe(outcome);
        await world.clock.advance(day / 24);
      }
    });

    it('by returning a megabyte goes to quarantine, saying so', async () => {
      const { rules } = acting(async () => ({ large: 'x'.repeat(1024 * 1024) }));
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      expect(await trigger(world, file)).toBe('poison');
      expect(field(await world.item(file), 'lastError')).toMatch(/^UnstorableResultError: .*8192 bytes/);
    });

    it('because no rule matches goes to quarantine, naming lib/rules.ts', async () => {
      await worldWith({ rules: [] });
      const file = await world.put('incoming/a', 'A');
      expect(await trigger(world, file)).toBe('poison');
      expect(field(await world.item(file), 'lastError')).toMatch(/^NoRuleError: .*lib\/rules\.ts/);
    });
  });

  describe('a lease', () => {
    it('is renewed while the action runs, and the action is cut off at maxRunSeconds', async () => {
      const { wait, reached } = door();
      let signal: AbortSignal | undefined;
      const { rules } = acting(async (file) => {
        ({ signal } = file);
        await wait();
        return undefined;
      });
      await worldWith({ rules, settings: { maxRunMs: 3 * testSettings.leaseMs } });
      const file = await world.put('incoming/a', 'A');
      const running = trigger(world, file);
      await reached;
      // Moves time on until the run answers: an emulator takes its own time for each renewal.
      let outcome: Outcome | undefined;
      void running.then((answer) => (outcome = answer));
      let sawRenewal = false;
      for (let step = 0; step < 1_000 && outcome === undefined; step += 1) {
        if (world.clock.now() < field(await world.item(file), 'firstSeenAt')! + 3 * testSettings.leaseMs + 1) {
          await world.clock.advance(1_000);
        }
        const leaseUntil = field(await world.item(file), 'leaseUntil')!;
        sawRenewal ||= leaseUntil > field(await world.item(file), 'firstSeenAt')! + testSettings.leaseMs;
      }
      expect(await running).toBe('retry');
      expect(sawRenewal).toBe(true);
      expect(signal?.aborted).toBe(true);
      expect(field(await world.item(file), 'lastError')).toMatch(/^ActionTimeoutError/);
      expect(await world.item(file)).toMatchObject({ status: 'RETRY', attempts: 1 });
    });
  });

  describe('a replay', () => {
    const poisoned = async () => {
      const { rules } = throwing(() => new PermanentError('not yet'), 1);
      await worldWith({ rules });
      const file = await world.put('incoming/a b', 'A');
      expect(await trigger(world, file)).toBe('poison');
      return file;
    };
    const replay = (file: FileVersion) => replayFile({ ...world.dependencies, quarantine: world.quarantine }, file);

    /** What an operator is told who only asks. */
    const asked = async (file: FileVersion) =>
      replayRefusal(await world.item(file), { now: world.clock.now(), skewMs: testSettings.skewMs });

    it('of a file whose rule is mended ends done, its copy still in quarantine', async () => {
      const file = await poisoned();
      expect(await world.quarantine.list()).toMatchObject([{ file, reason: 'PermanentError: not yet', attempts: 1 }]);
      await world.clock.advance(leaseAndSkew + 1);
      expect(await asked(file)).toBeUndefined();
      expect(await replay(file)).toBe('replayed');
      expect(await asked(file)).toBeUndefined();
      expect(await trigger(world, file)).toBe('done');
      expect(await world.item(file)).toMatchObject({ status: 'DONE', attempts: 1, fence: 2 });
      expect(await world.keys()).toEqual([quarantineKey(file), reasonKey(file)].sort());
    });

    it('is refused while the lease of its last owner may hold', async () => {
      const file = await poisoned();
      await world.clock.advance(leaseAndSkew);
      expect(await asked(file)).toBe('leased');
      expect(await replay(file)).toBe('leased');
      expect(await world.item(file)).toMatchObject({ status: 'POISON' });
    });

    it('never replaces what its sender has put there since', async () => {
      const file = await poisoned();
      await world.clock.advance(leaseAndSkew + 1);
      const newer = await world.put('incoming/a b', 'B');
      expect(await replay(file)).toBe('occupied');
      expect(await trigger(world, newer)).toBe('done');
      expect(await replay(file)).toBe('replayed');
    });

    it('of a file that fails again is told again: its notice has another id', async () => {
      const { rules } = throwing(() => new PermanentError('never'));
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      await trigger(world, file);
      await world.clock.advance(leaseAndSkew + 1);
      expect(await replay(file)).toBe('replayed');
      expect(await trigger(world, file)).toBe('poison');
      expect(new Set(world.notifier.sent.map(({ id }) => id)).size).toBe(2);
    });

    it('of a file that is done is refused', async () => {
      const file = await poisoned();
      await world.clock.advance(leaseAndSkew + 1);
      await replay(file);
      await trigger(world, file);
      expect(await asked(file)).toBe('not-poison');
      expect(await replay(file)).toBe('not-poison');
    });
  });

  describe('a ledger that cannot be reached', () => {
    it('makes the trigger come again: nothing is recorded, and nothing lost', async () => {
      const { rules, runs } = quietly();
      await worldWith({ rules });
      const file = await world.put('incoming/a', 'A');
      world.throttleLedger(true);
      await expect(trigger(world, file)).rejects.toThrow(ServiceUnavailableError);
      world.throttleLedger(false);
      expect(runs()).toBe(0);
      expect(await world.item(file)).toBeUndefined();
      expect(await world.keys()).toEqual(['incoming/a']);
      expect(await trigger(world, file)).toBe('done');
    });
  });
};
