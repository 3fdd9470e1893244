import { describeReport, explore } from './explore.ts';
import { longScenarios, scenarios } from './scenarios.ts';
import type { Breaks, Scenario } from './world.ts';
import { drainQueue } from '../../../lib/usecases/drain.ts';
import { processFiles } from '../../../lib/usecases/process-files.ts';
import type { FileVersion } from '../../../lib/domain/file-version.ts';

/** The smallest bounds that still meet each rule; `npm run explore` goes through all of `scenarios`. */
const quick: readonly Scenario[] = [
  { name: 'A, crash', script: ['A'], crash: 1 },
  { name: 'A delete', script: ['A', 'delete'] },
  { name: 'lanes: A, crash', lanes: true, script: ['A'], tick: 2, late: 1, crash: 1, sweep: 0 },
  { name: 'lanes: A, 2 sweeps', lanes: true, script: ['A'], late: 1, double: 1, sweep: 2 },
];

describe('every interleaving within a small bound', () => {
  it.each(quick)('keeps every promise: $name', async (scenario) => {
    const report = await explore(scenario);
    expect(report.violations.length === 0 ? '' : describeReport(report)).toBe('');
    expect(report.complete).toBe(true);
    // A world in which nobody meets anybody would prove nothing.
    expect(report.states).toBeGreaterThan(500);
  });
});

/** A rule taken away, the bound within which that shows, and how it shows. */
const breaks: readonly (Readonly<{ rule: string; scenario: Scenario; what: RegExp }> & Readonly<{ breaks: Breaks }>)[] =
  [
    {
      rule: 'a commit does not ask who owns the file',
      scenario: { name: 'A, stall', script: ['A'], stall: 1, double: 1, sweep: 0 },
      what: /COMMITTED TWICE|VERDICT UNDONE/,
      breaks: {
        ledger: (ledger) => ({
          commit: (by) => {
            const item = ledger.items.get(by.file.id);
            if (item !== undefined) ledger.items.set(item.id, { ...item, status: 'PROCESSING', owner: by.owner });
            return ledger.commit(by);
          },
        }),
      },
    },
    {
      rule: 'a claim does not look at the lease',
      scenario: { name: 'A, doubled', script: ['A'], double: 1, sweep: 0 },
      what: /TWO LIVE OWNERS|WORK TWICE/,
      breaks: {
        ledger: (ledger) => ({
          claim: (by) => ledger.claim({ ...by, bounds: { ...by.bounds, now: by.bounds.now * 2 } }),
        }),
      },
    },
    {
      rule: 'a claim does not count attempts',
      scenario: { name: 'A, 2 crashes', script: ['A'], crash: 2, double: 1, maxAttempts: 1, sweep: 0 },
      what: /ATTEMPTS OVER THE LIMIT/,
      breaks: {
        ledger: (ledger) => ({
          claim: (by) => ledger.claim({ ...by, bounds: { ...by.bounds, maxAttempts: Infinity } }),
          bury: async (by) => ({ written: false, item: ledger.items.get(by.file.id) }),
        }),
      },
    },
    {
      rule: 'a note is the last word',
      scenario: { name: 'A B A', script: ['A', 'B', 'A'], sweep: 0 },
      what: /DELETED WITHOUT A VERDICT|STUCK|LOST/,
      breaks: {
        ledger: (ledger) => ({
          claim: async (by) => {
            const item = ledger.items.get(by.file.id);
            const noted = item?.status === 'SUPERSEDED' || item?.status === 'GONE';
            return noted ? { written: false, item: { ...item, status: 'DONE' } } : ledger.claim(by);
          },
        }),
      },
    },
    {
      rule: 'the object is deleted whatever it is by now',
      scenario: { name: 'A B', script: ['A', 'B'], sweep: 0 },
      what: /NEWER OBJECT DELETED|DELETED WITHOUT A VERDICT/,
      breaks: {
        store: (store) => ({ remove: async (file: FileVersion) => store.delete(file.bucket, file.key) }),
      },
    },
    {
      rule: 'nobody walks over the unsent outboxes',
      scenario: { name: 'A B, crash', script: ['A', 'B'], crash: 1, sweep: 0 },
      what: /NOTICE NOT SENT|NOBODY WAS TOLD/,
      breaks: { ledger: () => ({ readOpen: async () => [] }) },
    },
    {
      rule: 'a lane is given away whoever holds it',
      scenario: { name: 'lanes: A', lanes: true, script: ['A'], tick: 2, sweep: 0 },
      what: /TWO RUNNERS/,
      breaks: {
        lanes: (lanes) => ({ claim: (by) => lanes.claim({ ...by, now: by.now * 2 }) }),
      },
    },
    {
      rule: 'a baton claims a lane whatever its fence',
      scenario: { name: 'lanes: A, doubled baton', lanes: true, script: ['A'], tick: 1, late: 1, double: 1, sweep: 0 },
      what: /A LATE BATON/,
      breaks: { lanes: (lanes) => ({ claim: (by) => lanes.claim({ ...by, baton: undefined }) }) },
    },
    {
      rule: 'a message is deleted when it is received',
      scenario: { name: 'lanes: A', lanes: true, script: ['A'], tick: 1, sweep: 0 },
      what: /MESSAGE DELETED WITHOUT AN ANSWER/,
      breaks: {
        useCases: {
          drainQueue: (dependencies, wake) =>
            drainQueue(
              {
                ...dependencies,
                workQueue: {
                  ...dependencies.workQueue,
                  deleteAll: async () => undefined,
                  receive: async (...how) => {
                    const messages = await dependencies.workQueue.receive(...how);
                    if (messages.length > 0) await dependencies.workQueue.deleteAll(messages);
                    return messages;
                  },
                },
              },
              wake,
            ),
        },
      },
    },
    {
      rule: 'an own claim whose response was lost is not recognised',
      scenario: { name: 'A, 2 losses', script: ['A'], loss: 2, double: 1, sweep: 0 },
      what: /HEALTHY FILE POISONED|STUCK/,
      breaks: {
        // The nonce is drawn anew for each call, as if it were not the claim's but the request's.
        useCases: {
          processFiles: (dependencies, batch) =>
            processFiles(
              {
                ...dependencies,
                ledger: {
                  ...portOf(dependencies.ledger),
                  claim: async (by) => {
                    const answer = await dependencies.ledger.claim(by);
                    if (answer.written || answer.item === undefined) return answer;
                    return { written: false, item: { ...answer.item, owner: 'somebody' } };
                  },
                },
              },
              batch,
            ),
        },
      },
    },
  ];

/** A port made of a proxy has no properties of its own to spread. */
const portOf = <Port extends object>(port: Port): Port =>
  Object.fromEntries(
    [
      'bury',
      'renew',
      'commit',
      'retry',
      'poison',
      'note',
      'replay',
      'readAll',
      'readOpen',
      'markSent',
      'clearOutbox',
    ].map((name) => [name, Reflect.get(port, name) as unknown]),
  ) as Port;

describe('a protocol that lacks a rule', () => {
  it.each(breaks)('is caught: $rule', async ({ scenario, what, breaks: broken }) => {
    const report = await explore(scenario, { breaks: broken, first: true });
    expect(report.violations.map((violation) => violation.what).join('\n')).toMatch(what);
    // The same bound without the break is clean, so it is the break that was found.
    const clean = await explore(scenario);
    expect(clean.violations).toEqual([]);
    expect(clean.complete).toBe(true);
  });
});

describe('the scenarios', () => {
  it('have names of their own', () => {
    const all = [...scenarios, ...longScenarios];
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });
});
