import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Baton } from '../../lib/domain/lane.ts';
import { createRunner } from '../../offline/runner/runner.ts';
import { openWorkshop, type Workshop } from '../offline/runner/support.ts';
import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { adapterWorld } from './adapter-world.ts';
import { allSuites } from './all-suites.ts';
import { untilThere } from './until-there.ts';

let cloud: TestCloud;
let workshop: Workshop;
let batonFile: string;
beforeAll(async () => {
  workshop = await openWorkshop();
  const keeper = `(event) => require('node:fs').appendFileSync(process.env.BATON_FILE, JSON.stringify(event.baton) + '\\n')`;
  const made = await workshop.makeFunction('keeper', `async ${keeper}`);
  batonFile = join(made.modulePath, '..', 'batons');
  const keeping = { ...made, environment: { BATON_FILE: batonFile } };
  cloud = await startTestCloud({
    functions: [keeping],
    createRunner: (place) => createRunner({ ...place, functions: [keeping] }),
  });
}, 30_000);
afterAll(async () => {
  await cloud.close();
  await workshop.close();
});

const batons = async (): Promise<Baton[]> => {
  const text = await readFile(batonFile, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Baton);
};

describe('the adapters on the local cloud', () => {
  allSuites(
    adapterWorld(() => ({
      clientConfig: cloud.clientConfig(),
      functionName: 'everyfile-local-keeper',
      handedOn: (atLeast) => untilThere('batons', atLeast, batons),
    })),
    {
      workQueue: {
        'deletes by the newest handle what is visible again':
          'fauxqs drops a handle when its visibility timeout ends; SQS takes the newest until the next receive',
      },
    },
  );
});
