import {
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  paginateListObjectsV2,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { listPage } from '../../../offline/s3/listing.ts';
import { toKey } from '../../../offline/s3/store/keys.ts';
import { refusalOf, sendRaw, startTestS3, type TestS3 } from './support.ts';

let test: TestS3;
const Bucket = 'listing';
const byBytes = (left: string, right: string) => Buffer.compare(toKey(left), toKey(right));

/** A small generator of repeatable numbers, so that a failure can be run again. */
const createRandom = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

const random = createRandom(20261122);
const letters = ['a', 'A', 'z', 'Z', '0', '_', '-', '/', '/', ' ', '+', '%', 'é', '日', '😀', '\uffee'];
const keys = [
  ...new Set(
    Array.from({ length: 3200 }, () =>
      Array.from({ length: 2 + Math.floor(random() * 7) }, () => letters[Math.floor(random() * letters.length)]).join(
        '',
      ),
    ),
  ),
].slice(0, 3000);

beforeAll(async () => {
  test = await startTestS3();
  test.s3.createBucket(Bucket, { versioned: false });
  const left = [...keys];
  const send = async () => {
    for (let Key = left.pop(); Key !== undefined; Key = left.pop()) {
      await test.client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    }
  };
  await Promise.all(Array.from({ length: 8 }, send));
}, 60_000);
afterAll(async () => {
  expect(test.faults).toEqual([]);
  await test.remove();
});

/** What S3 says a list is, computed the plain way: sort everything, group, cut off what is not asked for. */
const reference = (prefix: string, delimiter: string, after: string): string[] => {
  const names = keys
    .filter((key) => key.startsWith(prefix) && byBytes(key, after) > 0)
    .map((key) => {
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return end < 0 ? key : key.slice(0, end + delimiter.length);
    })
    .filter((name) => byBytes(name, after) > 0);
  return [...new Set(names)].sort(byBytes);
};

const listAll = async (input: Omit<ListObjectsV2CommandInput, 'Bucket'>, pageSize: number) => {
  const pages: { names: string[]; isTruncated: boolean; count: number }[] = [];
  for await (const page of paginateListObjectsV2({ client: test.client, pageSize }, { Bucket, ...input })) {
    const names = [
      ...(page.Contents ?? []).map(({ Key }) => Key!),
      ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
    ];
    pages.push({ names: names.sort(byBytes), isTruncated: page.IsTruncated!, count: page.KeyCount! });
  }
  return pages;
};

it.each([
  ['', '', '', 1000],
  ['', '', '', 7 * 43],
  ['', '/', '', 10],
  ['', '/', '', 1000],
  ['a', '/', '', 3],
  ['日/', '/', '', 2],
  ['😀', '', '', 11],
  ['', '日', '', 50],
  ['', '', 'Z/', 400],
  ['', '/', 'Z/', 20],
  ['z', '', 'a', 9],
])(
  'pages of prefix %j, delimiter %j, after %j by %d are the sorted reference, in byte order',
  async (Prefix, Delimiter, StartAfter, pageSize) => {
    const pages = await listAll({ Prefix, Delimiter, StartAfter }, pageSize);
    const expected = reference(Prefix, Delimiter, StartAfter);
    expect(pages.flatMap((page) => page.names)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(0);
    expect(pages.slice(0, -1).every((page) => page.isTruncated && page.count === pageSize)).toBe(true);
    expect(pages.at(-1)!.isTruncated).toBe(false);
  },
);

it('is not truncated when the last key just fills the page', async () => {
  const page = await test.client.send(
    new ListObjectsV2Command({ Bucket, Prefix: keys[0], MaxKeys: reference(keys[0]!, '', '').length }),
  );
  expect(page.IsTruncated).toBe(false);
  expect(page.NextContinuationToken).toBeUndefined();
});

it('answers at most 1,000 keys, and none for 0', async () => {
  const most = await test.client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 5000 }));
  expect([most.KeyCount, most.MaxKeys, most.IsTruncated]).toEqual([1000, 1000, true]);
  const none = await test.client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }));
  expect([none.KeyCount, none.IsTruncated]).toEqual([0, false]);
  expect(await refusalOf(test.client.send(new ListObjectsV2Command({ Bucket, MaxKeys: -1 })))).toBe(
    'InvalidArgument 400',
  );
});

it('pages by marker in the first version of the call, through common prefixes too', async () => {
  const names: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await test.client.send(new ListObjectsCommand({ Bucket, Delimiter: '/', MaxKeys: 13, Marker }));
    names.push(
      ...[
        ...(page.Contents ?? []).map(({ Key }) => Key!),
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
      ].sort(byBytes),
    );
    Marker = page.NextMarker;
    expect(Marker !== undefined).toBe(page.IsTruncated);
  } while (Marker !== undefined);
  expect(names).toEqual(reference('', '/', ''));
});

it('encodes names on request and shows the owner on request', async () => {
  const plain = await sendRaw(
    test.port,
    'GET',
    `/${Bucket}?list-type=2&prefix=${encodeURIComponent('+ ')}&encoding-type=url&fetch-owner=true`,
  );
  expect(plain.body).toContain('<Prefix>%2B+</Prefix>');
  expect(plain.body).toContain('<EncodingType>url</EncodingType>');
  const one = await test.client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1, FetchOwner: true }));
  expect(one.Contents![0]!.Owner!.ID).toMatch(/^[0-9a-f]{64}$/);
  expect(
    (await test.client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 }))).Contents![0]!.Owner,
  ).toBeUndefined();
});

it('refuses a token that it did not give', async () => {
  expect(await refusalOf(test.client.send(new ListObjectsV2Command({ Bucket, ContinuationToken: '!!' })))).toBe(
    'InvalidArgument 400',
  );
});

it('jumps over a common prefix instead of walking through it', () => {
  const rows = [...Array.from({ length: 1000 }, (_, n) => ({ key: `a/${String(n).padStart(4, '0')}` })), { key: 'b' }];
  let walked = 0;
  const page = listPage({
    prefix: '',
    delimiter: '/',
    after: '',
    most: 10,
    *scan(from) {
      for (const row of rows) {
        if (Buffer.compare(toKey(row.key), from.key) < (from.inclusive ? 0 : 1)) continue;
        walked += 1;
        yield row;
      }
    },
  });
  expect(page).toMatchObject({ rows: [{ key: 'b' }], commonPrefixes: ['a/'], isTruncated: false });
  expect(walked).toBe(2);
});
