import { audit, isClean } from '../../../demo/audit.ts';
import type { Facts, Modes } from '../../../demo/facts.ts';
import {
  idOf,
  makeClaim,
  makeCommit,
  makeCopy,
  makeEntry,
  makeFacts,
  makeHappy,
  makeMark,
  makeOutput,
  makeRefusedClaim,
  makeRequest,
  makeSent,
  makeVersion,
} from './make-facts.ts';

const file = makeVersion('a.txt');
const id = idOf(file);

describe('where each file ended', () => {
  it('is done when its effects are committed and it has left the inbox', () => {
    const audited = audit(makeHappy(file));
    expect(audited).toMatchObject({ files: 1, done: 1, lost: 0, waiting: 0, ledgerWritesPerFile: 2, ledgerReads: 0 });
    expect(audited.problems).toEqual([]);
    expect(isClean(audited)).toBe(true);
  });

  it('is lost when it is nowhere and its sender did not take it away', () => {
    const audited = audit(makeFacts({ sent: [makeSent(file)] }));
    expect(audited).toMatchObject({ files: 1, lost: 1 });
    expect(audited.problems).toEqual([expect.stringContaining('incoming/a.txt')]);
    expect(isClean(audited)).toBe(false);
  });

  it.each(['PROCESSING', 'RETRY', 'POISON', 'SUPERSEDED', 'GONE'])(
    'is lost when the ledger says %s, and the object is neither in the inbox nor in quarantine',
    (status) => {
      expect(audit(makeHappy(file, { ledger: [makeEntry(file, { status })] })).lost).toBe(1);
    },
  );

  it('is lost when another object under its name is done', () => {
    const other = { ...file, eTag: 'other' };
    const facts = makeHappy(other, { sent: [makeSent(file), makeSent(other)] });
    expect(audit(facts)).toMatchObject({ files: 2, done: 1, lost: 1 });
  });

  it('waits when it stands in the inbox, whether it is done or not', () => {
    expect(audit(makeFacts({ sent: [makeSent(file)], inbox: [file] }))).toMatchObject({ waiting: 1, lost: 0 });
    const audited = audit(makeHappy(file, { inbox: [file] }));
    expect(audited).toMatchObject({ waiting: 1, done: 0, lost: 0 });
    expect(audited.problems).toEqual([expect.stringMatching(/^waiting: .*a\.txt/)]);
    expect(isClean(audited)).toBe(false);
  });

  it('is quarantined when the file stands there, and not when its reason stands alone', () => {
    const facts = { sent: [makeSent(file)], ledger: [makeEntry(file, { status: 'POISON' })] };
    const beside = audit(makeFacts({ ...facts, quarantine: [{ ...file, fileStands: true }] }));
    const alone = audit(makeFacts({ ...facts, quarantine: [{ ...file, fileStands: false }] }));
    expect(beside).toMatchObject({ quarantined: 1, lost: 0 });
    expect(alone).toMatchObject({ quarantined: 0, lost: 1 });
  });

  it('is superseded or gone when its sender replaced or deleted it before it was done', () => {
    const sent = [makeSent(file, { fate: 'overwritten' }), makeSent(makeVersion('b.txt'), { fate: 'deleted' })];
    expect(audit(makeFacts({ sent }))).toMatchObject({ files: 2, superseded: 1, gone: 1, lost: 0 });
    expect(audit(makeHappy(file, { sent }))).toMatchObject({ done: 1, superseded: 0, gone: 1 });
  });

  it('counts a file that was sent twice once, in one place', () => {
    const sent = [makeSent(file), makeSent(file, { versionId: 'v2' })];
    expect(audit(makeHappy(file, { sent }))).toMatchObject({ files: 1, done: 1 });
  });
});

describe('effects doubled', () => {
  it('sees two commits', () => {
    const requests = [makeClaim(file), makeCommit(file), makeCommit(file, { 'set.owner': 'another' })];
    const audited = audit(makeHappy(file, { requests }));
    expect(audited).toMatchObject({ effectsDoubled: 1, lost: 0 });
    expect(audited.problems).toEqual([expect.stringMatching(/^two commits: .*a\.txt/)]);
  });

  it('does not take a commit that was refused for one', () => {
    const refused = makeRequest(
      file,
      { 'set.status': 'DONE', 'old.status': 'DONE' },
      { status: 400, errorCode: 'ConditionalCheckFailedException' },
    );
    expect(audit(makeHappy(file, { requests: [makeClaim(file), makeCommit(file), refused] })).effectsDoubled).toBe(0);
  });

  it('sees two output objects of one file: under two keys, or under one key with other bytes', () => {
    const outputs = [{ key: makeOutput(file).key, size: 70 }];
    const ledger = [makeEntry(file, { outputs })];
    const second = [makeOutput(file, { mark: '-f2' }), makeOutput(file, { eTag: 'other bytes' })];
    for (const output of second) {
      const audited = audit(makeHappy(file, { ledger, outputs: [makeOutput(file), output] }));
      expect(audited.effectsDoubled).toBe(1);
      expect(audited.problems).toEqual([expect.stringMatching(/^two outputs: .*a\.txt/)]);
    }
  });

  it('takes the same output written again for one, and the outputs of two files for two', () => {
    const again = audit(makeHappy(file, { outputs: [makeOutput(file), makeOutput(file)] }));
    const other = audit(makeHappy(file, { outputs: [makeOutput(file), makeOutput(makeVersion('b.txt'))] }));
    expect([again.effectsDoubled, other.effectsDoubled]).toEqual([0, 0]);
  });

  it('sees two notices with different ids, and takes one delivered twice for one', () => {
    const notice = { id: 'n-1', kind: 'processed', fileId: id };
    const doubled = audit(makeHappy(file, { notices: [notice, { ...notice, id: 'n-2' }] }));
    expect(doubled.effectsDoubled).toBe(1);
    expect(doubled.problems).toEqual([expect.stringMatching(/^two notices: .*a\.txt/)]);
    expect(audit(makeHappy(file, { notices: [notice, notice] })).effectsDoubled).toBe(0);
  });

  it('sees two copies of one file in the archive, and takes the copies of two files for two', () => {
    const other = makeVersion('b.txt');
    const bak = { modes: { redrive: 'queue', archive: 'bak' } } as const;
    const doubled = audit(makeHappy(file, { ...bak, archived: [makeCopy(file), makeCopy(file, 'another name')] }));
    expect(doubled.effectsDoubled).toBe(1);
    expect(doubled.problems).toEqual([expect.stringMatching(/^two copies in the archive: .*a\.txt/)]);
    const once = audit(makeHappy(file, { ...bak, archived: [makeCopy(file), makeCopy(other)] }));
    expect([once.effectsDoubled, once.effectsWrong]).toEqual([0, 0]);
  });

  it('counts a file once, however many of its effects are doubled', () => {
    const notice = { id: 'n-1', kind: 'processed', fileId: id };
    const facts = makeHappy(file, {
      requests: [makeCommit(file), makeCommit(file)],
      notices: [notice, { ...notice, id: 'n-2' }],
    });
    expect(audit(facts).effectsDoubled).toBe(1);
  });
});

describe('effects wrong', () => {
  const wrong = (changes: Parameters<typeof makeHappy>[1]) => {
    const audited = audit(makeHappy(file, changes));
    expect(isClean(audited)).toBe(false);
    expect(audited.effectsWrong).toBe(1);
    return audited.problems.join('\n');
  };

  it('sees an output that the ledger records and S3 does not have', () => {
    const ledger = [makeEntry(file, { outputs: [{ key: makeOutput(file).key, size: 70 }] })];
    expect(wrong({ ledger })).toContain('missing');
    expect(audit(makeHappy(file, { ledger, outputs: [makeOutput(file)] })).effectsWrong).toBe(0);
  });

  it('sees a notice that left the outbox and did not arrive, and not one that is still in it', () => {
    const requests = [makeClaim(file), makeCommit(file, { 'set.open': 'a' })];
    expect(wrong({ requests })).toContain('did not arrive');
    expect(audit(makeHappy(file, { requests, ledger: [makeEntry(file, { open: 'a' })] })).effectsWrong).toBe(0);
  });

  it('sees a checksum of other bytes than were sent', () => {
    expect(wrong({ sent: [makeSent(file, { sha256: 'other bytes' })] })).toContain('checksum');
  });

  it('sees a file that was taken out of the inbox and is in no archive', () => {
    expect(wrong({ archived: [] })).toContain('not in the archive');
    expect(wrong({ archived: [{ ...file, eTag: 'other bytes' }] })).toContain('not in the archive');
    const modes = { redrive: 'queue', archive: 'bak' } as const;
    expect(wrong({ modes, archived: [file] })).toContain('not in the archive');
    expect(wrong({ modes, archived: [{ ...makeCopy(file), size: 9 }] })).toContain('not in the archive');
    expect(audit(makeHappy(file, { modes, archived: [makeCopy(file)] })).effectsWrong).toBe(0);
  });

  it.each(['overwritten', 'deleted'] as const)('asks for no archive of a file that its sender has %s', (fate) => {
    expect(audit(makeHappy(file, { sent: [makeSent(file, { fate })], archived: [] })).effectsWrong).toBe(0);
  });

  it('sees an item that is done and that nobody sent', () => {
    expect(wrong({ sent: [] })).toContain('nobody sent');
  });

  it('does not trust a log in which the commit of a file that is done cannot be seen', () => {
    expect(wrong({ requests: [makeClaim(file)] })).toContain('no commit');
  });
});

describe('what the request log tells', () => {
  it('is no proof when entries were dropped', () => {
    expect(isClean(audit(makeHappy(file, { droppedRequests: 1 })))).toBe(false);
  });

  it('tells duplicates from claims that a living owner refused', () => {
    const refused = [makeRefusedClaim(file, 'DONE'), makeRefusedClaim(file, 'POISON')];
    const busy = [makeRefusedClaim(file, 'PROCESSING')];
    const audited = audit(makeHappy(file, { requests: [makeClaim(file), ...busy, makeCommit(file), ...refused] }));
    expect(audited).toMatchObject({ duplicates: 2, busy: 1, effectsDoubled: 0, ledgerWritesPerFile: 2 });
  });

  it('counts the writes and reads of whoever processes, and the writes of the sweeper apart', () => {
    const by = (accessKeyId: string) => [
      makeRequest(file, {}, { accessKeyId }),
      makeRequest(file, {}, { operation: 'GetItem', accessKeyId }),
    ];
    const facts = makeHappy(file, { requests: [makeClaim(file), makeCommit(file), ...by('processor')] });
    expect(audit(facts)).toMatchObject({ ledgerWritesPerFile: 3, ledgerReads: 1, sweeperWrites: 0 });
    const more = makeHappy(file, { requests: [...facts.requests, ...by('relay'), ...by('sweeper'), ...by('test')] });
    expect(audit(more)).toMatchObject({ ledgerWritesPerFile: 4, ledgerReads: 2, sweeperWrites: 1 });
  });

  it('has nothing to do with lanes, which stand in the same table', () => {
    const lane = (operation: string) =>
      makeRequest(file, { 'key.id': 'lane/drain' }, { operation, accessKeyId: 'sweeper' });
    const requests = [makeClaim(file), makeCommit(file), lane('UpdateItem'), lane('GetItem')];
    expect(audit(makeHappy(file, { requests }))).toMatchObject({ sweeperWrites: 0, ledgerReads: 0 });
  });
});

describe('files found by the sweep', () => {
  const found = (via: string, requests: Facts['requests'], redrive: Modes['redrive'] = 'queue') =>
    audit(
      makeHappy(file, {
        modes: { redrive, archive: 'versions' },
        ledger: [makeEntry(file, { via })],
        requests: [makeClaim(file), makeCommit(file), ...requests],
      }),
    ).foundBySweep;

  it('are those that the sweeper sent and that were claimed by what it sent', () => {
    expect(found('queue', [makeMark(file)])).toBe(1);
    expect(found('queue', [makeMark(makeVersion('b.txt'))])).toBe(0);
    expect(found('event', [])).toBe(0);
  });

  it('are none whose late event came before the message', () => {
    expect(found('event', [makeMark(file)])).toBe(0);
  });

  it('are all that the sweeper sent, where it makes S3 send the event again', () => {
    expect(found('event', [makeMark(file)], 'refire')).toBe(1);
    expect(found('event', [], 'refire')).toBe(0);
  });
});

describe('the longest wait', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 10, 22) + seconds * 1000);
  const waited = (sentSeconds: readonly number[], doneSeconds: number): number =>
    audit(
      makeHappy(file, {
        sent: sentSeconds.map((seconds) => makeSent(file, { at: at(seconds).toISOString() })),
        ledger: [makeEntry(file, { doneAt: at(doneSeconds).getTime() })],
      }),
    ).longestWaitSeconds;

  it('is from the first answer of S3 to done', () => {
    expect(waited([3], 7.26)).toBe(4.3);
    expect(waited([3, 20], 7)).toBe(4);
  });

  it('is nothing for a file that was done before its sender had the answer', () => {
    expect(waited([7], 6)).toBe(0);
  });
});
