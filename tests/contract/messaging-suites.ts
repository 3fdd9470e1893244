import { ServiceUnavailableError } from '../../lib/domain/errors.ts';
import { createFileVersion } from '../../lib/domain/file-version.ts';
import type { Notice } from '../../lib/domain/notice.ts';
import type { QueueMessage } from '../../lib/ports/work-queue.ts';
import { contractCases, type ContractWorld, type Differences, type MakeContractWorld } from './contract-world.ts';

const fileOf = (name: string) =>
  createFileVersion({ bucket: 'everyfile-inbox', key: `incoming/${name}`, eTag: 'e', size: 1 });
const filesOf = (count: number) => Array.from({ length: count }, (_, n) => fileOf(String(n)));
const keysOf = (world: ContractWorld, messages: readonly QueueMessage[]): string[] =>
  messages.flatMap(({ body }) => world.readMessage(body).map(({ key }) => key)).sort();
const inOrder = (messages: readonly QueueMessage[]): QueueMessage[] =>
  [...messages].sort((one, other) => (one.messageId < other.messageId ? -1 : 1));
/** Everything that is there now, not deleted; waits for the first so many. */
const receiveAll = async (world: ContractWorld, atLeast = 1): Promise<QueueMessage[]> => {
  const all: QueueMessage[] = [];
  for (;;) {
    const some = await world.ports.workQueue.receive(all.length < atLeast ? 5 : 0);
    expect(some.length).toBeLessThanOrEqual(10);
    if (some.length === 0) return all;
    all.push(...some);
    // A queue that hides nothing would never come to an end.
    expect(all.length).toBeLessThan(100);
  }
};

/** What a work queue must do, for the fake and the adapter alike. */
export const workQueueSuite = (makeWorld: MakeContractWorld, differences: Differences = {}): void => {
  const { holds } = contractCases(makeWorld, differences);

  holds('carries files of any name, and more than a batch of them, ten a receive', async (world) => {
    const names = ['a b', 'a+b', '%2F', '日本', '😀', '..', 'quote"\'', 'amp&<>', `long ${'k'.repeat(1000)}`];
    const files = [...names.map(fileOf), ...filesOf(14)];
    expect(await world.ports.workQueue.sendAll(files)).toEqual(files);
    const messages = await receiveAll(world);
    const read = messages.flatMap(({ body }) => world.readMessage(body));
    expect(read.map(({ id }) => id).sort()).toEqual(files.map(({ id }) => id).sort());
    expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(files.length);
  });

  holds('answers with those of a batch that were accepted', async (world) => {
    const files = filesOf(12);
    world.refuseNextEntries(2);
    expect(await world.ports.workQueue.sendAll(files)).toEqual(files.slice(2));
    expect(keysOf(world, await receiveAll(world))).toEqual(
      files
        .slice(2)
        .map(({ key }) => key)
        .sort(),
    );
  });

  holds('hides what was received; when that ends it comes again under another handle', async (world) => {
    const { workQueue } = world.ports;
    await workQueue.send(fileOf('a'), 0);
    const first = await receiveAll(world);
    expect(await workQueue.receive(0)).toEqual([]);
    await world.makeVisible(first);
    const second = await receiveAll(world);
    expect(second.map(({ messageId, sentAt }) => [messageId, sentAt])).toEqual(
      first.map(({ messageId, sentAt }) => [messageId, sentAt]),
    );
    expect(second[0]!.receiptHandle).not.toBe(first[0]!.receiptHandle);
    expect(second[0]!.sentAt).toBeGreaterThan(0);
  });

  holds('shows again what nobody deleted, when its visibility timeout is over', async (world) => {
    const { workQueue } = world.ports;
    await world.hideFor(1);
    await workQueue.sendAll(filesOf(2));
    const [gone, kept] = await receiveAll(world);
    await workQueue.deleteAll([gone!]);
    expect(await workQueue.receive(0)).toEqual([]);
    world.passSeconds(1);
    expect(keysOf(world, await workQueue.receive(5))).toEqual(keysOf(world, [kept!]));
  });

  holds('puts back what was received, to come again at once', async (world) => {
    const { workQueue } = world.ports;
    await workQueue.sendAll(filesOf(3));
    const [kept, ...back] = await receiveAll(world);
    await workQueue.putBackAll(back);
    const again = await receiveAll(world);
    expect(keysOf(world, again)).toEqual(keysOf(world, back));
    await workQueue.deleteAll([kept!, ...again]);
    await world.makeVisible([]);
    expect(await workQueue.receive(0)).toEqual([]);
  });

  holds(
    'sets a message aside by copying its body as it is; the message itself is still to be deleted',
    async (world) => {
      const { workQueue } = world.ports;
      await workQueue.send(fileOf('a b+é'), 0);
      const [message] = await receiveAll(world);
      await workQueue.setAside(message!);
      expect(await world.deadLetters()).toEqual([message!.body]);
      await workQueue.putBackAll([message!]);
      expect(await receiveAll(world)).toHaveLength(1);
    },
  );

  holds('deletes for good', async (world) => {
    await world.ports.workQueue.sendAll(filesOf(3));
    const [gone, ...kept] = await receiveAll(world);
    await world.ports.workQueue.deleteAll([gone!]);
    await world.makeVisible(kept);
    expect(keysOf(world, await receiveAll(world))).toEqual(keysOf(world, kept));
  });

  holds('deletes nothing by the handle of an earlier receive', async (world) => {
    const { workQueue } = world.ports;
    await workQueue.send(fileOf('a'), 0);
    const first = await receiveAll(world);
    await world.makeVisible(first);
    const second = await receiveAll(world);
    await workQueue.deleteAll(first);
    await world.makeVisible(second);
    expect(await receiveAll(world)).toHaveLength(1);
  });

  holds(
    'may hand a message out twice at once; its newest handle deletes it, and the older is no error',
    async (world) => {
      const { workQueue } = world.ports;
      await workQueue.sendAll(filesOf(2));
      world.doubleNextReceive();
      const older = inOrder(await workQueue.receive(5));
      const newest = inOrder(await receiveAll(world, 2));
      expect(keysOf(world, newest)).toEqual(['incoming/0', 'incoming/1']);
      expect(older.map(({ messageId }) => messageId)).toEqual(newest.map(({ messageId }) => messageId));
      expect(new Set([...older, ...newest].map(({ receiptHandle }) => receiptHandle)).size).toBe(4);
      await workQueue.deleteAll([newest[0]!]);
      await workQueue.deleteAll([older[0]!]);
      await workQueue.deleteAll([older[1]!, newest[1]!]);
      await world.makeVisible([]);
      expect(await workQueue.receive(0)).toEqual([]);
    },
  );

  holds('deletes by the newest handle what is visible again', async (world) => {
    const { workQueue } = world.ports;
    await workQueue.sendAll(filesOf(2));
    const [gone, kept] = await receiveAll(world, 2);
    await world.makeVisible([gone!, kept!]);
    await workQueue.deleteAll([gone!]);
    expect(keysOf(world, await receiveAll(world))).toEqual(keysOf(world, [kept!]));
  });

  holds('deletes the others when one handle of a batch is none of its own, and says so', async (world) => {
    const { workQueue } = world.ports;
    await workQueue.sendAll(filesOf(2));
    const [one, other] = await receiveAll(world);
    const foreign = { ...one!, receiptHandle: 'not a handle' };
    await expect(workQueue.deleteAll([foreign, other!])).rejects.toThrow(ServiceUnavailableError);
    await world.makeVisible([one!]);
    expect(keysOf(world, await receiveAll(world))).toEqual(keysOf(world, [one!]));
  });

  holds('deletes and puts back the others of a batch where one entry fails, and says so', async (world) => {
    const { workQueue } = world.ports;
    await workQueue.sendAll(filesOf(6));
    const messages = await receiveAll(world);
    const [undeleted, gone, alsoGone, stillHidden, back, alsoBack] = messages;
    world.refuseNextEntries(1);
    const deleted = workQueue.deleteAll([undeleted!, gone!, alsoGone!]);
    await expect(deleted).rejects.toThrow(ServiceUnavailableError);
    world.refuseNextEntries(1);
    const putBack = workQueue.putBackAll([stillHidden!, back!, alsoBack!]);
    await expect(putBack).rejects.toThrow(ServiceUnavailableError);
    const again = await receiveAll(world);
    expect(keysOf(world, again)).toEqual(keysOf(world, [back!, alsoBack!]));
    await world.makeVisible([undeleted!, stillHidden!, ...again]);
    expect(keysOf(world, await receiveAll(world))).toEqual(keysOf(world, [undeleted!, stillHidden!, back!, alsoBack!]));
  });

  holds('keeps a delayed message back', async (world) => {
    await world.ports.workQueue.send(fileOf('late'), 900);
    await world.ports.workQueue.send(fileOf('now'), 0);
    expect(keysOf(world, await receiveAll(world))).toEqual(['incoming/now']);
  });

  holds('refuses a delay of more than 900 seconds', async ({ ports: { workQueue } }) => {
    await expect(workQueue.send(fileOf('a'), 901)).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  });

  holds('refuses a batch of none and a batch of eleven', async (world) => {
    const { workQueue } = world.ports;
    await workQueue.sendAll(filesOf(11));
    const eleven = await receiveAll(world);
    await expect(workQueue.deleteAll([])).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
    await expect(workQueue.deleteAll(eleven)).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
    await expect(workQueue.putBackAll([])).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
    await expect(workQueue.putBackAll(eleven)).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  });

  holds('doubles a message whose response was lost; a lost receive hides what it took', async (world) => {
    const { workQueue } = world.ports;
    world.loseNextResponse('workQueue');
    await workQueue.send(fileOf('a'), 0);
    world.loseNextResponse('workQueue');
    expect(await workQueue.sendAll(filesOf(2))).toHaveLength(2);
    const doubled = await receiveAll(world, 6);
    const keys = ['incoming/0', 'incoming/0', 'incoming/1', 'incoming/1', 'incoming/a', 'incoming/a'];
    expect(keysOf(world, doubled)).toEqual(keys);
    expect(new Set(doubled.map(({ messageId }) => messageId)).size).toBe(6);

    await world.makeVisible(doubled);
    await world.hideFor(3);
    world.loseNextResponse('workQueue');
    const seen = [...(await workQueue.receive(0, 4)), ...(await workQueue.receive(0))];
    // The repeat gets others than the receive whose response was lost, or none.
    expect(seen.length).toBeLessThan(6);
    expect(new Set(seen.map(({ messageId }) => messageId)).size).toBe(seen.length);
    // Nobody has the handles of what was lost: it comes again by its timeout alone.
    await world.hideFor(30);
    world.passSeconds(3);
    expect(keysOf(world, await receiveAll(world, 6))).toEqual(keys);
  });

  holds('is unavailable while it is throttled, and has done nothing', async (world) => {
    const { workQueue } = world.ports;
    await workQueue.send(fileOf('a'), 0);
    for (const call of [
      () => workQueue.send(fileOf('b'), 0),
      () => workQueue.sendAll(filesOf(2)),
      () => workQueue.receive(0),
    ]) {
      world.throttleNext('workQueue');
      await expect(call()).rejects.toThrow(ServiceUnavailableError);
    }
    const messages = await receiveAll(world);
    expect(keysOf(world, messages)).toEqual(['incoming/a']);
    for (const call of [
      () => workQueue.deleteAll(messages),
      () => workQueue.putBackAll(messages),
      () => workQueue.setAside(messages[0]!),
    ]) {
      world.throttleNext('workQueue');
      await expect(call()).rejects.toThrow(ServiceUnavailableError);
    }
    expect([await workQueue.receive(0), await world.deadLetters()]).toEqual([[], []]);
  });
};

const notice: Notice = {
  id: 'notice-1',
  kind: 'processed',
  subject: 'done: a+b',
  text: 'ünïcode\nlines',
  data: { n: 1 },
};

/** What a notifier must do, for the fake and the adapter alike. */
export const notifierSuite = (makeWorld: MakeContractWorld, differences: Differences = {}): void => {
  const { holds } = contractCases(makeWorld, differences);

  holds('sends a notice under its own id', async (world) => {
    await world.ports.notifier.send(notice);
    expect(await world.delivered(1)).toMatchObject([{ id: 'notice-1', kind: 'processed' }]);
  });

  holds('sends it again under the same id when the response was lost', async (world) => {
    world.loseNextResponse('notifier');
    await world.ports.notifier.send(notice);
    expect((await world.delivered(2)).map(({ id }) => id)).toEqual(['notice-1', 'notice-1']);
  });

  holds('refuses a subject of more than 100 characters', async (world) => {
    const send = world.ports.notifier.send({ ...notice, subject: 's'.repeat(101) });
    await expect(send).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  });

  holds('is unavailable while it is throttled, and has sent nothing', async (world) => {
    world.throttleNext('notifier');
    await expect(world.ports.notifier.send(notice)).rejects.toThrow(ServiceUnavailableError);
    await world.ports.notifier.send({ ...notice, id: 'notice-2' });
    expect((await world.delivered(1)).map(({ id }) => id)).toEqual(['notice-2']);
  });
};

/** What hands a baton on, for the fake and the adapter alike. */
export const invokerSuite = (makeWorld: MakeContractWorld, differences: Differences = {}): void => {
  const { holds } = contractCases(makeWorld, differences);
  const sent = async (world: ContractWorld, lane: string, atLeast: number) =>
    (await world.handedOn(atLeast)).filter((baton) => baton.lane === lane);

  holds('hands the baton on as it is', async (world) => {
    await world.ports.invoker.handOn({ lane: 'lane/one', fence: 7 });
    expect(await sent(world, 'lane/one', 1)).toEqual([{ lane: 'lane/one', fence: 7 }]);
  });

  holds('doubles the baton when the response was lost', async (world) => {
    const before = (await world.handedOn(0)).length;
    world.loseNextResponse('invoker');
    await world.ports.invoker.handOn({ lane: 'lane/two', fence: 7 });
    expect(await sent(world, 'lane/two', before + 2)).toHaveLength(2);
  });

  holds('is unavailable while it is throttled', async (world) => {
    world.throttleNext('invoker');
    await expect(world.ports.invoker.handOn({ lane: 'lane/three', fence: 7 })).rejects.toThrow(ServiceUnavailableError);
    expect(await sent(world, 'lane/three', 0)).toEqual([]);
  });
};
