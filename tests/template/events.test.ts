import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { S3Event } from 'aws-lambda';

const folder = join(import.meta.dirname, '..', 'events');

test('s3-put.json tells of hello.txt, so that putting the file makes the event true', () => {
  const file = readFileSync(join(folder, 'hello.txt'));
  const { Records } = JSON.parse(readFileSync(join(folder, 's3-put.json'), 'utf8')) as S3Event;
  expect(Records).toHaveLength(1);
  expect(Records[0]?.s3).toMatchObject({
    bucket: { name: 'everyfile-local-inbox' },
    object: { key: 'incoming/hello.txt', size: file.length, eTag: createHash('md5').update(file).digest('hex') },
  });
});
