import type { Rule } from '../../../lib/domain/action.ts';
import { createFileVersion } from '../../../lib/domain/file-version.ts';
import { UnansweredError, UnreadableEventError } from '../../../lib/domain/errors.ts';
import { parseS3Notification } from '../../../lib/events/s3-notification.ts';
import { processFiles } from '../../../lib/usecases/process-files.ts';
import { inMemoryWorld, testSettings } from '../../support/world.ts';

const quiet: Rule[] = [{ prefix: 'incoming/', actions: [] }];

describe('the files of an event', () => {
  it('are each answered, a few at a time', async () => {
    let running = 0;
    let most = 0;
    const action = {
      name: 'counting',
      run: async () => {
        most = Math.max(most, (running += 1));
        await new Promise(setImmediate);
        running -= 1;
        return undefined;
      },
    };
    const world = await inMemoryWorld({ rules: [{ prefix: 'incoming/', actions: [action] }] });
    const files = await Promise.all(
      Array.from({ length: 20 }, (_, n) => world.put(`incoming/${String(n)}`, String(n))),
    );
    const answered = await processFiles(world.dependencies, {
      files,
      unreadable: [],
      via: 'event',
      deadlineAt: Infinity,
    });
    expect(answered.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 20 }, () => 'done'));
    expect(most).toBe(testSettings.concurrency);
  });

  it('are processed although one of them is foreign and a record is unreadable; those are named at the end', async () => {
    const world = await inMemoryWorld({ rules: quiet });
    const file = await world.put('incoming/a', 'A');
    const foreign = createFileVersion({ bucket: 'elsewhere', key: 'incoming/a', eTag: 'e', size: 1 });
    const outside = createFileVersion({ ...file, key: 'bak/a' });
    const batch = {
      files: [foreign, outside, file],
      unreadable: [new UnreadableEventError('record 3: …')],
      via: 'event' as const,
      deadlineAt: Infinity,
    };
    await expect(processFiles(world.dependencies, batch)).rejects.toThrow(
      /3 of 4 records got no answer: UnreadableEventError: record 3.*ForeignObjectError.*bucket elsewhere.*outside of incoming\//,
    );
    expect(await world.item(file)).toMatchObject({ status: 'DONE' });
  });

  it('fail for good where no retry can help any of them, and else so that the event comes again', async () => {
    const world = await inMemoryWorld({ rules: quiet });
    const file = await world.put('incoming/a', 'A');
    const foreign = createFileVersion({ bucket: 'elsewhere', key: 'incoming/a', eTag: 'e', size: 1 });
    const batch = {
      files: [foreign],
      unreadable: [new UnreadableEventError('record 1: …')],
      via: 'queue' as const,
      deadlineAt: world.clock.now() + 1,
    };
    await expect(processFiles(world.dependencies, batch)).rejects.toThrow(UnreadableEventError);
    const late = { ...batch, files: [foreign, file], deadlineAt: world.clock.now() };
    await expect(processFiles(world.dependencies, late)).rejects.toThrow(UnansweredError);
  });

  it('may be none, as in the event by which S3 tests a notification: one line tells of it', async () => {
    const world = await inMemoryWorld({ rules: quiet });
    const { files, unreadable } = parseS3Notification({ Service: 'Amazon S3', Event: 's3:TestEvent' });
    expect(await processFiles(world.dependencies, { files, unreadable, via: 'queue', deadlineAt: Infinity })).toEqual(
      [],
    );
    expect(world.log.lines).toEqual([
      { level: 'info', message: expect.stringContaining('without a file'), fields: { via: 'queue' } },
    ]);
  });

  it('that there is no time to begin are left for the next delivery, by name', async () => {
    const world = await inMemoryWorld({ rules: quiet });
    const file = await world.put('incoming/a', 'A');
    const batch = { files: [file], unreadable: [], via: 'event' as const, deadlineAt: world.clock.now() };
    await expect(processFiles(world.dependencies, batch)).rejects.toThrow(
      expect.objectContaining({ name: 'DeadlineError', message: expect.stringContaining(file.id) }),
    );
    expect(await world.item(file)).toBeUndefined();
  });
});
