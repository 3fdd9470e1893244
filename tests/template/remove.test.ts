import { namesOf } from '../../scripts/stage/stage-names.ts';
import { packagedTemplate } from '../support/packaged-template.ts';
import { idsOf, textOf } from '../support/template.ts';

const local = await packagedTemplate({ stage: 'local' });
const prod = await packagedTemplate({ stage: 'prod', params: { kms: 'managed', tracing: 'active', ingest: 'queue' } });
const names = await namesOf('local');

/** The key of `kms: managed` outlives its data by intent: docs/deploy.md says how it goes. */
const retainedByIntent = ['DataKey'];

test('npm run remove empties every bucket that the stack makes', () => {
  const buckets = idsOf(local, 'AWS::S3::Bucket').map((id) => textOf(local.Resources[id]?.Properties['BucketName']));
  const own = buckets.filter((name) => name !== undefined);
  expect(own.length).toBeGreaterThan(1);
  for (const name of own) expect(names.buckets).toContain(name);
});

test('and deletes everything that prod retains, but what is meant to stay', () => {
  const retained = Object.keys(prod.Resources).filter((id) => prod.Resources[id]?.DeletionPolicy === 'Retain');
  const deleted = [...idsOf(prod, 'AWS::S3::Bucket'), 'LedgerTable', ...retainedByIntent];
  expect(retained).toEqual(expect.arrayContaining(['InboxBucket', 'LedgerTable', 'DataKey']));
  expect(retained.filter((id) => !deleted.includes(id))).toEqual([]);
});
