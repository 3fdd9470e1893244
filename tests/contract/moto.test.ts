import { findMoto } from '../support/find-tools.ts';
import { startMotoServer, type MotoServer } from '../support/moto-server.ts';
import { adapterWorld } from './adapter-world.ts';
import { allSuites } from './all-suites.ts';

const inDocker = 'moto runs functions in Docker only';
let moto: MotoServer | undefined;

const program = findMoto();
if (program === undefined) {
  it.skip('the adapters on moto: `moto_server` is not installed (pip install "moto[server]"), so this opinion is left out', () =>
    undefined);
} else {
  beforeAll(async () => {
    moto = await startMotoServer(program);
  }, 60_000);
  afterAll(() => moto?.close());

  describe('the adapters on moto', () => {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    allSuites(
      adapterWorld(() => ({
        clientConfig: { endpoint: moto!.endpoint, region: 'us-east-1', credentials },
        functionName: 'keeper',
        handedOn: () => Promise.reject(new Error(inDocker)),
      })),
      {
        objectStore: {
          'refuses a key of more than 1,024 bytes': 'moto checks the length on PutObject, not on CopyObject',
          'never refires over what its sender puts, or deletes, between the two copies':
            'moto does not read If-Match of a copy',
          'says that another object stands there (412), at each pinned call, and leaves it':
            'moto does not read x-amz-copy-source-if-match, nor If-Match of a delete',
        },
        quarantine: {
          'never restores over another object': 'moto does not read If-None-Match of a copy',
          'takes its own restored file for another’s when the response was lost':
            'moto does not read If-None-Match of a copy',
        },
        workQueue: {
          'deletes nothing by the handle of an earlier receive': 'moto deletes by every handle that it ever gave',
          'refuses a batch of none and a batch of eleven': 'moto takes a batch of eleven deletions',
        },
      },
      { invoker: inDocker },
    );
  });
}
