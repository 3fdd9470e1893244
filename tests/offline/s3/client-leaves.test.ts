import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answered, LocalS3 } from '../../../offline/contracts.ts';
import { createLocalS3 } from '../../../offline/s3/local-s3.ts';
import { sendRaw } from './support.ts';

describe('a client that leaves before it has its answer', () => {
  it.each([
    ['GET', '/inbox?list-type=2', 'ListObjectsV2'],
    ['PUT', '/inbox/incoming/a.txt', 'PutObject'],
    ['GET', '/inbox/absent.txt', 'GetObject'],
    ['GET', '/inbox/present.txt', 'GetObject'],
  ])('leaves no request behind: %s %s is answered for the log', async (method, path, operation) => {
    const directory = await mkdtemp(join(tmpdir(), 'everyfile-s3-'));
    const faults: unknown[] = [];
    const s3 = await createLocalS3({ directory, onFault: (fault) => void faults.push(fault) });
    s3.createBucket('inbox', { versioned: true });
    await putPresent(s3);
    const { promise: answered, resolve, reject } = Promise.withResolvers<Answered>();
    const server = createServer((incoming, response) => {
      const url = new URL(incoming.url ?? '/', 'http://localhost');
      response.once('close', () => {
        const exchange = { request: incoming, response, url, requestId: 'r', accessKeyId: 'a', region: 'us-east-1' };
        s3.handle(exchange).then(resolve, reject);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = request({ host: '127.0.0.1', port, method, path, headers: { 'content-length': 0 } });
    client.once('error', () => undefined);
    client.end();
    await once(server, 'request');
    client.destroy();

    expect(await answered).toMatchObject({ operation });
    expect(faults).toEqual([]);
    server.close();
    await s3.close();
    await rm(directory, { recursive: true });
  });
});

const putPresent = async (s3: LocalS3): Promise<void> => {
  const server = createServer((incoming, response) => {
    const url = new URL('http://localhost/');
    void s3.handle({ request: incoming, response, url, requestId: 'p', accessKeyId: 'a', region: 'us-east-1' });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect((await sendRaw(port, 'PUT', '/inbox/present.txt', { body: 'x'.repeat(1_000_000) })).status).toBe(200);
  server.close();
};
