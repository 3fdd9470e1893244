import {
  CreateLogGroupCommand,
  DeleteLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutRetentionPolicyCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { startTestCloud, type TestCloud } from '../../support/local-cloud.ts';
import { clientsOf } from './support.ts';

const logGroupName = '/team/orders';
const logStreamName = 'web';
const dayMs = 24 * 60 * 60 * 1000;
let cloud: TestCloud;
let client: ReturnType<typeof clientsOf>;

beforeEach(async () => {
  cloud = await startTestCloud({ resources: {} });
  client = clientsOf(cloud);
  await client.createStream(logGroupName, logStreamName);
});
afterEach(async () => {
  client.destroy();
  await cloud.close();
});

const messagesOf = (events: readonly { message?: string | undefined }[] = []) => events.map(({ message }) => message);
const numbered = (count: number, at = 1000) =>
  Array.from({ length: count }, (_event, n): [number, string] => [at + n, String(n)]);

describe('log events', () => {
  it('are taken however old, and read back by pages in either direction', async () => {
    await client.put(logGroupName, logStreamName, ...numbered(25));
    const get = (input: { nextToken?: string | undefined; startFromHead?: boolean }) =>
      client.logs.send(new GetLogEventsCommand({ logGroupName, logStreamName, limit: 10, ...input }));
    const walk = async (startFromHead: boolean, token: 'nextForwardToken' | 'nextBackwardToken') => {
      const pages: (string | undefined)[][] = [];
      let nextToken: string | undefined;
      for (;;) {
        const page = await get({ startFromHead, nextToken });
        if (page[token] === nextToken) return pages;
        pages.push(messagesOf(page.events));
        nextToken = page[token];
      }
    };
    const all = numbered(25).map(([, message]) => message);
    const forwards = await walk(true, 'nextForwardToken');
    expect(forwards.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(forwards.flat()).toEqual(all);
    const backwards = await walk(false, 'nextBackwardToken');
    expect(backwards.toReversed().flat()).toEqual(all);
  });

  it('keep coming to a reader who stands at the end', async () => {
    await client.put(logGroupName, logStreamName, ...numbered(2));
    const get = (nextToken?: string) =>
      client.logs.send(new GetLogEventsCommand({ logGroupName, logStreamName, startFromHead: true, nextToken }));
    const { nextForwardToken } = await get();
    await client.put(logGroupName, logStreamName, ...numbered(2, 1001));
    expect(messagesOf((await get(nextForwardToken)).events)).toEqual(['0', '1']);
  });

  it('are held to the limits of a batch', async () => {
    const refused = (...events: [number, string][]) =>
      expect(client.put(logGroupName, logStreamName, ...events)).rejects;
    await refused([2, 'b'], [1, 'a']).toThrow(/chronological order/);
    await refused([0, 'a'], [dayMs + 1, 'b']).toThrow(/span more than 24 hours/);
    await refused([1, 'x'.repeat(1_048_551)]).toThrow(/Upload too large: 1048577 bytes/);
    await refused(...numbered(10_001)).toThrow(/less than or equal to 10000/);
    await refused().toThrow(/greater than or equal to 1/);
    await client.put(logGroupName, logStreamName, [1, 'x'.repeat(1_048_550)]);
    await client.put(logGroupName, logStreamName, ...numbered(10_000));
  });

  it('are left out and said when retention has passed them or they lie ahead', async () => {
    await client.logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }));
    const now = Date.now();
    const late = await client.put(
      logGroupName,
      logStreamName,
      [now - dayMs - 10_000, 'old'],
      [now - dayMs + 10_000, 'kept'],
    );
    expect(late.rejectedLogEventsInfo).toEqual({ expiredLogEventEndIndex: 1 });
    const early = await client.put(logGroupName, logStreamName, [now, 'now'], [now + 3 * 60 * 60 * 1000, 'ahead']);
    expect(early.rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 1 });
    const { events } = await client.logs.send(new FilterLogEventsCommand({ logGroupName }));
    expect(messagesOf(events)).toEqual(['kept', 'now']);
  });

  it('are read no more once retention passes them', async () => {
    await client.put(logGroupName, logStreamName, [Date.now() - 10 * dayMs, 'old']);
    const read = async () => {
      const { events } = await client.logs.send(new GetLogEventsCommand({ logGroupName, logStreamName }));
      return messagesOf(events);
    };
    expect(await read()).toEqual(['old']);
    await client.logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 7 }));
    expect(await read()).toEqual([]);
  });

  it('are filtered over all streams by time and by terms', async () => {
    await client.createStream(logGroupName, 'worker');
    await client.put(logGroupName, 'web', [1, 'ERROR a'], [3, 'ERROR b timeout'], [5, 'WARN c']);
    await client.put(logGroupName, 'worker', [2, 'INFO "quoted text" d'], [4, 'ERROR e']);
    const filter = async (input: Record<string, unknown>) => {
      const found: (string | undefined)[] = [];
      let nextToken: string | undefined;
      do {
        const command = new FilterLogEventsCommand({ logGroupName, limit: 1, nextToken, ...input });
        const page = await client.logs.send(command);
        found.push(...messagesOf(page.events));
        ({ nextToken } = page);
      } while (nextToken !== undefined);
      return found.map((message) => message?.replace(/^\w+ /, ''));
    };
    expect(await filter({})).toEqual(['a', '"quoted text" d', 'b timeout', 'e', 'c']);
    expect(await filter({ startTime: 2, endTime: 4 })).toEqual(['"quoted text" d', 'b timeout', 'e']);
    expect(await filter({ filterPattern: 'ERROR -timeout' })).toEqual(['a', 'e']);
    expect(await filter({ filterPattern: '?WARN ?INFO' })).toEqual(['"quoted text" d', 'c']);
    expect(await filter({ filterPattern: '"\\"quoted text\\""' })).toEqual(['"quoted text" d']);
    expect(await filter({ logStreamNames: ['worker'] })).toEqual(['"quoted text" d', 'e']);
    expect(await filter({ logStreamNamePrefix: 'we', filterPattern: 'error' })).toEqual([]);
    for (const filterPattern of ['{ $.level = "error" }', '[ip, user]', '%a+%']) {
      await expect(filter({ filterPattern })).rejects.toMatchObject({ name: 'NotImplemented' });
    }
  });
});

describe('log groups and streams', () => {
  it('are listed by prefix and pages, with their settings', async () => {
    for (const name of ['/team/a', '/team/b', '/other']) {
      await client.logs.send(new CreateLogGroupCommand({ logGroupName: name }));
    }
    await client.logs.send(new PutRetentionPolicyCommand({ logGroupName: '/team/a', retentionInDays: 90 }));
    const list = (nextToken?: string) =>
      client.logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/team/', limit: 2, nextToken }));
    const first = await list();
    expect(first.logGroups).toMatchObject([
      { logGroupName: '/team/a', retentionInDays: 90, arn: 'arn:aws:logs:us-east-1:000000000000:log-group:/team/a:*' },
      { logGroupName: '/team/b', storedBytes: 0 },
    ]);
    const rest = await list(first.nextToken);
    expect(rest.logGroups?.map((group) => group.logGroupName)).toEqual([logGroupName]);
    expect(rest.nextToken).toBeUndefined();
    const invalid = new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 2 });
    await expect(client.logs.send(invalid)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('list streams by name and by their last event', async () => {
    for (const name of ['b', 'a']) await client.createStream(logGroupName, name);
    await client.put(logGroupName, 'a', [10, 'x'], [20, 'y']);
    await client.put(logGroupName, 'b', [30, 'z']);
    const list = async (input: Record<string, unknown>) => {
      const { logStreams } = await client.logs.send(new DescribeLogStreamsCommand({ logGroupName, ...input }));
      return logStreams?.map((stream) => stream.logStreamName);
    };
    expect(await list({})).toEqual(['a', 'b', 'web']);
    expect(await list({ orderBy: 'LastEventTime', descending: true, limit: 2 })).toEqual(['b', 'a']);
    const { logStreams } = await client.logs.send(
      new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: 'a' }),
    );
    expect(logStreams).toMatchObject([{ firstEventTimestamp: 10, lastEventTimestamp: 20 }]);
    await client.logs.send(new DeleteLogStreamCommand({ logGroupName, logStreamName: 'a' }));
    expect(await list({})).toEqual(['b', 'web']);
  });

  it('name what is not there, and operations that are not built', async () => {
    await expect(client.put('/nobody', 'x', [1, 'a'])).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(client.put(logGroupName, 'x', [1, 'a'])).rejects.toThrow('The specified log stream does not exist.');
    const again = client.logs.send(new CreateLogGroupCommand({ logGroupName }));
    await expect(again).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' });
    const query = new StartQueryCommand({ logGroupName, startTime: 0, endTime: 1, queryString: 'fields @message' });
    await expect(client.logs.send(query)).rejects.toThrow(/logs:StartQuery/);
  });
});
