import { GoneError, ServiceUnavailableError, SupersededError } from '../../lib/domain/errors.ts';
import type { InboxPage } from '../../lib/ports/object-store.ts';
import { contractCases, type ContractWorld, type Differences, type MakeContractWorld } from './contract-world.ts';

const longest = `incoming/${'é'.repeat((1024 - 'incoming/'.length - 1) / 2)}x`;
/** Among them what JavaScript orders otherwise than S3: U+FF5E sorts before what lies beyond U+FFFF. */
const names = [' ', '%2F', '..', '//double', 'a b', 'a+b', 'a\u0007bell', 'amp&<>', 'quote"\'', '日本', '～', '😀'];
const hostile = names
  .map((name) => `incoming/${name}`)
  .sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));

const walk = async ({ ports }: ContractWorld): Promise<InboxPage[]> => {
  const pages: InboxPage[] = [];
  let cursor: string | undefined;
  do {
    pages.push(await ports.objectStore.list(cursor));
    cursor = pages.at(-1)?.next;
  } while (cursor !== undefined);
  return pages;
};
const textOf = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

/** What an object store must do, for the fake and the adapter alike. */
export const objectStoreSuite = (makeWorld: MakeContractWorld, differences: Differences = {}): void => {
  const { holds } = contractCases(makeWorld, differences);

  holds('lists in the order of the keys’ bytes, page by page, each object once', async (world) => {
    const files = [];
    for (const key of [...hostile].reverse()) files.unshift(await world.put(key, key));
    const pages = await walk(world);
    expect(pages.map(({ objects }) => objects.length)).toEqual([3, 3, 3, 3]);
    expect(pages.flatMap(({ objects }) => objects.map(({ file }) => file))).toEqual(files);
  });

  holds('lists nothing but the inbox, and a page of nothing when it is empty', async (world) => {
    await world.put('incoming', 'A');
    await world.put('bak/incoming/a', 'A');
    const [page, ...others] = await walk(world);
    expect([page?.objects, others]).toEqual([[], []]);
  });

  holds('shows the object of the moment when the page was read', async (world) => {
    const file = await world.put('incoming/a', 'A');
    const page = await world.ports.objectStore.list(undefined);
    await world.put('incoming/a', 'newer');
    expect(page.objects.map((object) => object.file)).toEqual([file]);
    expect(page.objects[0]!.lastModified).toBeLessThanOrEqual(page.listedAt + 1_000);
    expect(await world.ports.objectStore.stands(file)).toBe(false);
  });

  holds('opens, copies and removes under any key', async (world) => {
    const { objectStore } = world.ports;
    for (const key of [...hostile, longest]) {
      const file = await world.put(key, key);
      expect(await textOf((await objectStore.open(file)).body)).toBe(key);
      expect(await objectStore.copy(file, `bak/${key.slice(0, 20)}`)).toBe('copied');
      expect(await world.read(`bak/${key.slice(0, 20)}`)).toBe(key);
      await objectStore.remove(file);
      expect(await world.read(key)).toBeUndefined();
    }
  });

  holds('opens an empty object, with a head and a body that ends', async (world) => {
    const { head, body } = await world.ports.objectStore.open(await world.put('incoming/empty/', ''));
    expect(head).toMatchObject({ userMetadata: {}, lastModified: expect.any(Date) });
    expect(await textOf(body)).toBe('');
  });

  holds('refuses a key of more than 1,024 bytes', async (world) => {
    const file = await world.put('incoming/a', 'A');
    const key = 'k'.repeat(1025);
    const refusal = { name: 'KeyTooLongError' };
    await expect(world.ports.objectStore.copy(file, key)).rejects.toMatchObject(refusal);
    await expect(world.ports.objectStore.putOutput(key, 'A', 'text/plain')).rejects.toMatchObject(refusal);
  });

  holds('says that another object stands there (412), at each pinned call, and leaves it', async (world) => {
    const { objectStore } = world.ports;
    const file = await world.put('incoming/a', 'A');
    await world.put('incoming/a', 'newer');
    await expect(objectStore.open(file)).rejects.toThrow(SupersededError);
    expect(await objectStore.stands(file)).toBe(false);
    expect(await objectStore.copy(file, 'bak/a')).toBe('absent');
    expect(await objectStore.refire(file, 'bak/a')).toBe('absent');
    expect(await world.read('bak/a')).toBeUndefined();
    await objectStore.remove(file);
    expect(await world.read('incoming/a')).toBe('newer');
  });

  holds('says that no object stands there (404), at each pinned call', async (world) => {
    const { objectStore } = world.ports;
    const file = await world.put('incoming/a', 'A');
    await world.delete('incoming/a');
    await expect(objectStore.open(file)).rejects.toThrow(GoneError);
    expect(await objectStore.stands(file)).toBe(false);
    expect(await objectStore.copy(file, 'bak/a')).toBe('absent');
    expect(await objectStore.refire(file, 'bak/a')).toBe('absent');
    await objectStore.remove(file);
  });

  holds('removes in the end what another write of the key raced (409)', async (world) => {
    const file = await world.put('incoming/a', 'A');
    world.conflictNextWrites(2);
    await world.ports.objectStore.remove(file);
    expect(await world.read('incoming/a')).toBeUndefined();
  });

  holds('is unavailable where each try to remove is raced (409), and leaves the object to the next', async (world) => {
    const file = await world.put('incoming/a', 'A');
    world.conflictNextWrites(6);
    await expect(world.ports.objectStore.remove(file)).rejects.toThrow(ServiceUnavailableError);
    expect(await world.read('incoming/a')).toBe('A');
    await world.ports.objectStore.remove(file);
    expect(await world.read('incoming/a')).toBeUndefined();
  });

  holds(
    'is unavailable where the way back of a refire is raced (409), and leaves the object to the next',
    async (world) => {
      const { objectStore } = world.ports;
      const file = await world.put('incoming/a', 'A');
      world.conflictNextWrites(1);
      await expect(objectStore.refire(file, 'bak/a')).rejects.toThrow(ServiceUnavailableError);
      expect([await objectStore.stands(file), await world.read('bak/a')]).toEqual([true, 'A']);
      expect(await objectStore.refire(file, 'bak/a')).toBe('refired');
    },
  );

  holds('refires in place: the same file version, its copy kept, nothing deleted', async (world) => {
    const file = await world.put('incoming/a', 'A');
    expect(await world.ports.objectStore.refire(file, 'bak/a')).toBe('refired');
    expect(await world.ports.objectStore.stands(file)).toBe(true);
    expect(await world.read('bak/a')).toBe('A');
  });

  holds('never refires over what its sender puts, or deletes, between the two copies', async (world) => {
    const { objectStore } = world.ports;
    const file = await world.put('incoming/a', 'A');
    world.betweenCopiesOfNextRefire(() => world.put('incoming/a', 'newer'));
    expect(await objectStore.refire(file, 'bak/a')).toBe('absent');
    expect(await world.read('incoming/a')).toBe('newer');
    const gone = await world.put('incoming/gone', 'A');
    world.betweenCopiesOfNextRefire(() => world.delete('incoming/gone'));
    expect(await objectStore.refire(gone, 'bak/gone')).toBe('absent');
    expect(await world.read('incoming/gone')).toBeUndefined();
  });

  holds('does not refire what a copy would rename, and leaves it in place', async (world) => {
    const file = await world.put('incoming/a', 'A', { byParts: true });
    expect(file.eTag).toMatch(/-1$/);
    expect(await world.ports.objectStore.refire(file, 'bak/a')).toBe('changed');
    expect(await world.ports.objectStore.stands(file)).toBe(true);
  });

  holds('writes documents and outputs over what stood there', async (world) => {
    const { objectStore } = world.ports;
    for (const text of ['first', 'second']) {
      await objectStore.putDocument(world.inboxBucket, 'quarantine/é +.json', { text });
      await objectStore.putOutput('out/é +.txt', text, 'text/plain');
    }
    expect(JSON.parse((await world.read('quarantine/é +.json')) ?? '')).toEqual({ text: 'second' });
    expect(await world.read('out/é +.txt', 'outputs')).toBe('second');
  });

  holds('does each thing once more when its response was lost, to the same end', async (world) => {
    const { objectStore } = world.ports;
    const file = await world.put('incoming/a', 'A');
    const lost = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
      world.loseNextResponse('objectStore');
      return call();
    };
    expect(await lost(() => objectStore.copy(file, 'bak/a'))).toBe('copied');
    expect(await lost(() => objectStore.refire(file, 'bak/b'))).toBe('refired');
    await lost(() => objectStore.putOutput('out', 'A', 'text/plain'));
    await lost(() => objectStore.remove(file));
    expect(await world.read('incoming/a')).toBeUndefined();
  });

  holds('is unavailable while it is throttled, and has done nothing', async (world) => {
    const { objectStore } = world.ports;
    const file = await world.put('incoming/a', 'A');
    for (const call of [
      () => objectStore.open(file),
      () => objectStore.list(undefined),
      () => objectStore.stands(file),
      () => objectStore.copy(file, 'bak/a'),
      () => objectStore.refire(file, 'bak/a'),
      () => objectStore.remove(file),
      () => objectStore.putOutput('out', 'A', 'text/plain'),
    ]) {
      world.throttleNext('objectStore');
      await expect(call()).rejects.toThrow(ServiceUnavailableError);
    }
    expect(await objectStore.stands(file)).toBe(true);
    expect([await world.read('bak/a'), await world.read('out', 'outputs')]).toEqual([undefined, undefined]);
  });
};
