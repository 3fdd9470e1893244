import {
  FilterLogEventsCommand,
  GetLogEventsCommand,
  DescribeLogStreamsCommand,
  DescribeLogGroupsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFunctionLogs } from '../../../offline/logs/function-logs.ts';
import { openLogStore } from '../../../offline/logs/store/store.ts';
import { createRunner } from '../../../offline/runner/runner.ts';
import { startTestCloud } from '../../support/local-cloud.ts';
import { openWorkshop } from '../runner/support.ts';
import { clientsOf } from './support.ts';

const logGroupName = '/aws/lambda/everyfile-local-worker';

describe('what a function says', () => {
  it('stands in its log group, in the stream of its environment, also after the cloud was closed at once', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'everyfile-test-'));
    const workshop = await openWorkshop();
    const source = `async (event, { logStreamName }) => { console.log('hello\\nthere'); return logStreamName; }`;
    const worker = await workshop.makeFunction('worker', source);
    const start = () =>
      startTestCloud({
        directory,
        functions: [{ key: 'worker', name: worker.name, logRetentionDays: 90 }],
        createRunner: (place) => createRunner({ ...place, functions: [worker] }),
      });
    const first = await start();
    const { payload } = await first.runner.invoke({ functionName: 'worker', payload: '{}', requestId: 'r1' });
    await first.close();

    const cloud = await start();
    const { logs, destroy } = clientsOf(cloud);
    const logStreamName = JSON.parse(payload) as string;
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws/lambda/' }));
    expect(logGroups).toMatchObject([{ logGroupName, retentionInDays: 90 }]);
    const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName }));
    expect(logStreams?.map((stream) => stream.logStreamName)).toEqual([logStreamName]);
    const { events } = await logs.send(new GetLogEventsCommand({ logGroupName, logStreamName }));
    expect(events?.map(({ message }) => message)).toEqual([
      'START RequestId: r1 Version: $LATEST',
      expect.stringMatching(/^\d{4}-.*Z\tr1\tINFO\thello\rthere$/),
      'END RequestId: r1',
      expect.stringMatching(/^REPORT RequestId: r1\tDuration: /),
    ]);
    destroy();
    await cloud.close();
    await workshop.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('can be read while the cloud runs, a moment later', async () => {
    const workshop = await openWorkshop();
    const worker = await workshop.makeFunction('worker', `async () => console.log('hello')`);
    const cloud = await startTestCloud({ createRunner: (place) => createRunner({ ...place, functions: [worker] }) });
    const { logs, destroy } = clientsOf(cloud);
    await cloud.runner.invoke({ functionName: 'worker', payload: '{}' });
    const find = async () => {
      const command = new FilterLogEventsCommand({ logGroupName, filterPattern: 'hello' });
      const { events = [] } = await logs.send(command).catch(() => ({ events: [] }));
      return events;
    };
    while ((await find()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    destroy();
    await cloud.close();
    await workshop.close();
  });

  it('is kept up to a number of lines, and what others put is never taken away', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'everyfile-test-'));
    const store = openLogStore(directory);
    store.groups.create('seeded', 0);
    const groupId = store.groups.find('seeded')?.id ?? 0;
    const streamId = store.streams.create(groupId, 's', 0);
    store.events.append({ groupId, streamId }, [{ timestamp: 1, message: 'seeded' }], 1);
    const logs = createFunctionLogs({ store, now: () => new Date(5), mostKept: 100 });
    const line = { functionKey: 'worker', requestId: 'r', logGroupName, logStreamName: 's' };
    for (let n = 0; n < 2500; n += 1) logs.add({ ...line, line: String(n) });
    logs.close();
    const all = { fromMs: 0, toMs: 10, limit: 10_000 };
    const said = store.events.readForward({ of: { group: store.groups.find(logGroupName)?.id ?? 0 }, ...all });
    expect(said.map(({ message }) => message)).toEqual(Array.from({ length: 100 }, (_line, n) => String(2400 + n)));
    expect(store.events.readForward({ of: { group: groupId }, ...all })).toHaveLength(1);
    store.close();
    await rm(directory, { recursive: true, force: true });
  });
});
