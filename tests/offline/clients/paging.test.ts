import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { paginateListObjectsV2, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { inParallel } from '../../../lib/usecases/in-parallel.ts';
import { createRandom } from '../../../offline/notifications/random.ts';
import { byUtf8 } from '../../support/by-utf8.ts';
import { findAwsCli, findPython } from '../../support/find-tools.ts';
import { localNames, startTestCloud, type TestCloud } from '../../support/local-cloud.ts';
import { createAwsCli } from '../../support/run-aws-cli.ts';
import { runPython } from '../../support/run-python.ts';

const Bucket = localNames.outputsBucket;
const Prefix = 'paging/';
const random = createRandom('paging');
const letters = Array.from('aAbBzZ09-_.~ /ßéΩ日😀\uffee');
const letter = (): string => letters[Math.floor(random() * letters.length)] ?? '';
const keys = Array.from({ length: 5_050 }, (_, n) => `${Prefix}${Array.from({ length: 8 }, letter).join('')}${n}`);
const inOrder = keys.toSorted(byUtf8);
/** What a delimiter brings together under the prefix. */
const folders = [
  ...new Set(keys.filter((key) => key.split('/').length > 2).map((key) => `${key.split('/', 2).join('/')}/`)),
];

const [python, aws] = [findPython(), findAwsCli()];
let cloud: TestCloud;
let s3: S3Client;
let home: string;

beforeAll(async () => {
  [cloud, home] = await Promise.all([startTestCloud(), mkdtemp(join(tmpdir(), 'everyfile-paging-'))]);
  s3 = new S3Client({ ...cloud.clientConfig(), forcePathStyle: true });
  await inParallel(keys, 16, async (Key) => {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  });
}, 120_000);
afterAll(async () => {
  s3.destroy();
  await cloud.close();
  await rm(home, { recursive: true, force: true });
});

describe('more than 5,000 keys in both cases and several scripts come by pages, in the order of their bytes', () => {
  it('to the JavaScript SDK', async () => {
    const listed: string[] = [];
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix })) {
      listed.push(...Contents.map(({ Key = '' }) => Key));
    }
    expect(listed).toEqual(inOrder);
  });

  (python === undefined ? it.skip : it)(
    'to boto3, and brought together by a delimiter',
    async () => {
      const script = join(import.meta.dirname, 'boto3_client.py');
      const all = { pages: 6, keys: inOrder };
      expect(await runPython(python ?? '', cloud.endpoint, script, 'paging')).toEqual({
        list_objects_v2: all,
        list_objects: all,
        list_object_versions: all,
        folders: folders.toSorted(byUtf8),
      });
    },
    120_000,
  );

  (aws === undefined ? it.skip : it)(
    'to the AWS CLI',
    async () => {
      const cli = createAwsCli(aws ?? '', cloud.endpoint, home);
      const asked = [
        '--bucket',
        Bucket,
        '--prefix',
        Prefix,
        '--page-size',
        '700',
        '--query',
        '[Contents,Versions][].Key',
      ];
      for (const operation of ['list-objects-v2', 'list-objects', 'list-object-versions']) {
        expect(await cli.json('s3api', operation, ...asked)).toEqual(inOrder);
      }
    },
    120_000,
  );
});
