import { quarantineKey } from '../../../lib/domain/quarantine.ts';
import type { FileVersion } from '../../../lib/domain/file-version.ts';
import type { InMemoryObjectStore } from '../../support/in-memory-object-store.ts';
import type { Break } from './break.ts';
import type { BreakStore } from './component.ts';

const deletesAnything: BreakStore = (store) => ({
  remove: async (file) => store.delete(file.bucket, file.key),
});

/** Copies over whatever stands there. */
const copyOver = (store: InMemoryObjectStore, file: FileVersion, fromKey: string): boolean =>
  store.copyObject(`${file.bucket}/${fromKey}`, `${file.bucket}/${file.key}`) !== undefined;

/** Rules of the conditions on S3. */
export const breaksOfStore: readonly Break[] = [
  {
    rule: 'the very object is deleted that was read',
    scenario: { name: 'A B', script: ['A', 'B'], sweep: 0 },
    breaks: 'NEWER OBJECT DELETED',
    by: { store: deletesAnything },
  },
  {
    rule: 'nothing is deleted of which nothing is decided',
    scenario: { name: 'A B', script: ['A', 'B'], sweep: 0 },
    breaks: 'DELETED WITHOUT A VERDICT',
    by: { store: deletesAnything },
  },
  {
    rule: 'the archive comes before the deletion',
    scenario: { name: 'A, bak', script: ['A'], archive: 'bak', sweep: 0 },
    breaks: 'DELETED BEFORE ITS ARCHIVE',
    by: { store: () => ({ copy: async () => 'copied' }) },
  },
  {
    rule: 'the quarantine copy comes before the deletion',
    scenario: { name: 'A, throws', script: ['A'], throws: 1, maxAttempts: 1, sweep: 0 },
    breaks: 'QUARANTINED WITHOUT A COPY',
    by: { store: () => ({ copy: async () => 'copied' }) },
  },
  {
    // Here a version is its content: what once stood there can still be read.
    rule: 'the current object is read, never a version',
    scenario: { name: 'A A, TTL', script: ['A', 'A'], ttl: 1, double: 1, sweep: 0 },
    breaks: 'READ WHAT HAS LEFT THE INBOX',
    by: { store: () => ({ open: async () => 'opened' as never }) },
  },
  {
    rule: "refire's way back carries the eTag of what it goes over",
    scenario: { name: 'A B, refire', script: ['A', 'B'], redrive: 'refire' },
    breaks: 'OVERWRITTEN',
    by: {
      store: (store) => ({
        copyBack: async (file, viaKey) => (copyOver(store, file, viaKey) ? 'refired' : 'absent'),
      }),
    },
  },
  {
    rule: 'a replay goes onto nothing',
    scenario: { name: 'A B, throws, replay', script: ['A', 'B'], throws: 1, replay: 1, maxAttempts: 1, sweep: 0 },
    breaks: 'OVERWRITTEN',
    by: {
      store: (store) => ({
        restore: async (file) => (copyOver(store, file, quarantineKey(file)) ? 'restored' : 'absent'),
      }),
    },
  },
  {
    rule: 'the sweep sees what stands in the inbox',
    scenario: { name: 'A', script: ['A'] },
    breaks: 'STUCK',
    by: { store: (store) => ({ list: async () => ({ ...(await store.list(undefined)), objects: [] }) }) },
  },
];
