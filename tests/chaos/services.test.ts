import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, type Random } from '../../offline/notifications/random.ts';
import { startCloudProcess, type CloudProcess } from '../support/cloud-process.ts';
import { localResources } from '../support/local-cloud.ts';
import { kills, seed } from './chaos.ts';
import { createDynamoDbLoad } from './dynamodb-load.ts';
import type { Load } from './load.ts';
import { createS3Load } from './s3-load.ts';
import { chaosQueues, createSqsLoad } from './sqs-load.ts';

let directory: string;
const processes: CloudProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'everyfile-chaos-'));
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map(({ kill }) => kill()));
  await rm(directory, { recursive: true, force: true });
});

const start = async (): Promise<CloudProcess> => {
  const cloud = await startCloudProcess(directory, { ...localResources, ...chaosQueues });
  processes.push(cloud);
  return cloud;
};

/** Kills the cloud in the middle of the load, once so many calls more have been answered. */
const loadAndKill = async (cloud: CloudProcess, loads: readonly Load[], random: Random): Promise<void> => {
  let leftToAnswer = 100 + Math.floor(random() * 300);
  let killed: Promise<void> | undefined;
  const isKilled = (): boolean => killed !== undefined;
  const sendUntilKilled = async (send: () => Promise<void>): Promise<void> => {
    while (!isKilled()) {
      try {
        await send();
      } catch (error) {
        // An error while the cloud lives is the test's.
        if (!isKilled()) throw error;
      }
      leftToAnswer -= 1;
      if (leftToAnswer === 0) killed = cloud.kill();
    }
  };
  await Promise.all(loads.flatMap((load) => load.senders(cloud).map(sendUntilKilled)));
  await killed;
};

it(
  `a cloud killed ${kills} times under load has every acknowledged write and no half of one (seed ${seed})`,
  async () => {
    const random = createRandom(`chaos ${seed}`);
    const loads = [createS3Load(directory, random), createSqsLoad(), createDynamoDbLoad()];
    for (let kill = 0; kill < kills; kill += 1) {
      const before = loads.map((load) => load.acknowledged());
      await loadAndKill(await start(), loads, random);
      const fresh = loads.filter((load, index) => load.acknowledged() > before[index]!);
      expect(fresh).toHaveLength(loads.length);
      const again = await start();
      for (const load of loads) await load.check(again);
      await again.kill();
    }
    const writes = loads.map(({ service, acknowledged }) => `${service} ${acknowledged()}`).join(', ');
    process.stdout.write(`acknowledged writes over ${kills} kills, none lost: ${writes}\n`);
  },
  20_000 * (kills + 1),
);
