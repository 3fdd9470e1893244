import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { gunzipSync } from 'node:zlib';
import type { ExportManifest } from '../../lib/domain/export-manifest.ts';
import type { Month } from '../../lib/domain/month.ts';
import { logsNames } from './clients.ts';

/** An object of the logs bucket. */
export type StoredObject = Readonly<{ key: string; bytes: number }>;

/** A line of an export, and which manifest leads to it. */
export type ExportedLine = Readonly<{ group: string; month: Month; at: number; message: string }>;

/** Everything that stands in the bucket, by key. */
export const listLogsBucket = async (s3: S3Client, prefix = ''): Promise<readonly StoredObject[]> => {
  const objects: StoredObject[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: logsNames.bucket, Prefix: prefix })) {
    objects.push(...(page.Contents ?? []).map(({ Key = '', Size = 0 }) => ({ key: Key, bytes: Size })));
  }
  return objects;
};

const read = async (s3: S3Client, key: string): Promise<Buffer> => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: logsNames.bucket, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};

/** Every manifest. */
export const readManifests = async (s3: S3Client): Promise<readonly ExportManifest[]> => {
  const keys = (await listLogsBucket(s3)).map(({ key }) => key).filter((key) => key.endsWith('/_SUCCESS'));
  return Promise.all(keys.map(async (key) => JSON.parse((await read(s3, key)).toString()) as ExportManifest));
};

/** What a reader of the export reads: of each manifest, the objects of the tasks that it names. */
export const readExports = async (s3: S3Client): Promise<readonly ExportedLine[]> => {
  const lines: ExportedLine[] = [];
  for (const { group, month, ranges } of await readManifests(s3)) {
    for (const { prefix, taskId } of ranges) {
      for (const { key } of await listLogsBucket(s3, `${prefix}/${taskId}/`)) {
        const text = gunzipSync(await read(s3, key)).toString();
        lines.push(
          ...text
            .split('\n')
            .filter(Boolean)
            .map((line) => ({ group, month, ...partsOf(line) })),
        );
      }
    }
  }
  return lines;
};

/** `2026-10-01T00:00:00.000Z the message` */
const partsOf = (line: string) => ({
  at: Date.parse(line.slice(0, line.indexOf(' '))),
  message: line.slice(line.indexOf(' ') + 1),
});
