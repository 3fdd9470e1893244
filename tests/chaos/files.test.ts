import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audit } from '../../demo/audit.ts';
import { createClaimWatch } from '../../demo/claim-watch.ts';
import { names } from '../../demo/clients.ts';
import { collectFacts, listObjects } from '../../demo/collect-facts.ts';
import type { SentVersion } from '../../demo/facts.ts';
import { follow } from '../../demo/follow-requests.ts';
import { createPlan } from '../../demo/plan.ts';
import { runErrand } from '../../demo/send.ts';
import { readUnfinished } from '../../demo/unfinished.ts';
import { bringToRest } from '../../demo/wait-until-quiet.ts';
import { inParallel } from '../../lib/usecases/in-parallel.ts';
import { createRandom } from '../../offline/notifications/random.ts';
import { fileKills as kills, files, seed } from './chaos.ts';
import { createMortalCloud } from './mortal-cloud.ts';

const senders = 12;
/** A put, and at least a claim, a read, a commit and a delete. */
const requestsOfFile = 5;
/** What stands under this prefix is announced by a notice. */
const announced = 'incoming/announced/';

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'everyfile-chaos-'));
});
afterEach(() => rm(stateDir, { recursive: true, force: true }));

it(
  `${files} files in flight outlive ${kills} kills of the whole local cloud: none lost, no effect doubled (seed ${seed})`,
  async () => {
    const random = createRandom(`chaos files ${seed}`);
    const claims = createClaimWatch();
    // A file that is hit by every kill is still no bad file; and nobody waits long for what a kill has left behind.
    const params = { maxAttempts: kills + 5, leaseMs: 2_000, skewMs: 200, relayTimeoutSeconds: 31 };
    const cloud = createMortalCloud({ stateDir, schedules: true, params }, (entries) => claims.requests(entries));
    const sent: SentVersion[] = [];
    const sending = inParallel(createPlan({ files, seed: Number(seed) }), senders, async (errand) => {
      sent.push(...(await cloud.attempt(({ s3 }) => runErrand(s3, errand, claims))));
    });
    // Awaited below, once the last cloud lives.
    sending.catch(() => undefined);

    try {
      for (let kill = 0; kill < kills; kill += 1) {
        const life = await cloud.start();
        await life.untilRequests(Math.ceil((0.5 + 0.3 * random()) * ((files * requestsOfFile) / kills)));
        await cloud.kill();
      }
      const { cloud: last, sender } = await cloud.start();
      expect(await listObjects(sender, names.inbox, names.inboxPrefix)).not.toEqual([]);
      await follow(cloud.follower, () => undefined, Promise.race([sending, last.died]));
      await bringToRest({
        endpoint: last.endpoint,
        follower: cloud.follower,
        onRequests: () => undefined,
        readUnfinished: () => readUnfinished(sender),
        signal: AbortSignal.timeout(600_000),
      });

      const facts = await collectFacts(sender, { redrive: 'queue', archive: 'versions' }, sent, cloud.follower);
      const audited = audit(facts);
      expect(audited).toMatchObject({ lost: 0, waiting: 0, quarantined: 0, effectsDoubled: 0, deadLetters: 0 });
      expect(audited.files).toBe(files);
      // The log of a killed cloud ends with it. Where its last lines went unread, a commit went unseen, and nothing else.
      const unseen = /^done, and the request log shows no commit: /;
      expect(audited.problems.filter((problem) => !unseen.test(problem))).toEqual([]);
      expect(audited.problems.length).toBeLessThan(audited.done / 4);
      const told = new Set(facts.notices.map(({ fileId }) => fileId));
      const done = facts.ledger.filter(({ status, key }) => status === 'DONE' && key.startsWith(announced));
      expect(done.filter(({ id }) => !told.has(id))).toEqual([]);
    } finally {
      await cloud.stop();
    }
  },
  60_000 * (kills + 4),
);
