import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { createHash } from 'node:crypto';
import { createClients, names, type Clients } from '../../demo/clients.ts';
import { startOwnCloud, type OwnCloud } from '../../demo/cloud.ts';
import { listObjects } from '../../demo/collect-facts.ts';
import { readStatus } from '../../demo/control.ts';
import { contentTypes, makeContent } from '../../demo/corpus/contents.ts';
import { keyOf, oddNames } from '../../demo/corpus/names.ts';
import { runErrand } from '../../demo/send.ts';
import { createClaimWatch } from '../../demo/claim-watch.ts';
import { isIdle } from '../../demo/wait-until-quiet.ts';
import type { LedgerItem } from '../../lib/domain/ledger-item.ts';
import { waitFor } from './support.ts';

let cloud: OwnCloud;
let clients: Clients;
let ledger: ReadonlyMap<string, LedgerItem>;

const files = oddNames.map(({ name, kind, what }) => ({
  what,
  key: keyOf('', name),
  kind,
  contentType: contentTypes[kind],
  userMetadata: { what },
  content: () => makeContent(kind, `odd ${name}`),
}));

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const scan = async (): Promise<readonly LedgerItem[]> => {
  const { Items = [], LastEvaluatedKey } = await clients.dynamodb.send(new ScanCommand({ TableName: names.ledger }));
  expect(LastEvaluatedKey).toBeUndefined();
  return Items.map((item) => unmarshall(item) as LedgerItem);
};

beforeAll(async () => {
  cloud = await startOwnCloud();
  clients = createClients(cloud.endpoint, 'tester');
  const { s3 } = clients;
  for (const file of files) {
    const errand = { key: file.key, puts: [file] as const, waitsForClaim: false, deletes: false, sendsAgain: false };
    await runErrand(s3, errand, createClaimWatch());
  }
  const items = await waitFor('a verdict on every file', async () => {
    if (!isIdle(await readStatus(cloud.endpoint))) return undefined;
    const found = await scan();
    return found.length >= files.length ? found : undefined;
  });
  ledger = new Map(items.map((item) => [item.key, item]));
}, 180_000);

afterAll(async () => {
  clients.destroy();
  await cloud.stop();
});

describe('a file with an odd name', () => {
  it.each(files)('ends done under its right name, with its right bytes: $what', ({ key, content }) => {
    const bytes = content();
    expect(ledger.get(key)).toMatchObject({
      status: 'DONE',
      bucket: names.inbox,
      size: bytes.length,
      attempts: 1,
      metadata: { index: { sha256: sha256(bytes) } },
    });
  });

  it('has left the inbox', async () => {
    expect(await listObjects(clients, names.inbox, names.inboxPrefix)).toEqual([]);
  });

  it('has one item in the ledger and none beside it', () => {
    expect([...ledger.keys()].sort()).toEqual(files.map(({ key }) => key).sort());
  });

  it('is known for what its bytes are, whatever it is called', () => {
    const type = (key: string): unknown => {
      const index = ledger.get(key)?.metadata?.['index'] as { contentType: string } | undefined;
      return index?.contentType;
    };
    expect(type('incoming/a&b;c=d?e#f@g:h,i$j.png')).toBe('image/png');
    expect(type('incoming/請求書 二〇二六年.pdf')).toBe('application/pdf');
    expect(type('incoming/folder/')).toBe('application/x-empty');
  });
});
