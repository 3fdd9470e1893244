import { createRequire } from 'node:module';

type Address = { port: number };
type Face = { run(callback: (error: Error | null, address?: Address) => void): Face; close(): void };

const S3rver = createRequire(import.meta.url)('../../../offline/s3rver/index.js') as new (options: object) => Face;
const LOCAL_CLOUD = Symbol.for('everyfile.local-cloud');

const run = (): Promise<Address | undefined> =>
  new Promise((resolve, reject) => {
    new S3rver({ port: 4569 }).run((error, address) => (error ? reject(error) : resolve(address)));
  });

afterEach(() => {
  Reflect.deleteProperty(globalThis, LOCAL_CLOUD);
});

it('calls back with the address of the one endpoint, whatever port it was asked for', async () => {
  Object.assign(globalThis, { [LOCAL_CLOUD]: { start: async () => ({ port: 4566 }) } });
  await expect(run()).resolves.toMatchObject({ port: 4566, address: '127.0.0.1' });
});

it('calls back with the error that kept the local cloud from starting', async () => {
  Object.assign(globalThis, { [LOCAL_CLOUD]: { start: () => Promise.reject(new Error('the port is taken')) } });
  await expect(run()).rejects.toThrow('the port is taken');
});

it('says how to start it where there is no local cloud', async () => {
  await expect(run()).rejects.toThrow('sls offline --stage local');
});
