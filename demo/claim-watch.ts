import type { RequestLogEntry } from '../offline/contracts.ts';

/** Tells a sender that its file is being processed, so that it can change its mind just then. */
export type ClaimWatch = Readonly<{
  requests(entries: readonly RequestLogEntry[]): void;
  /** Settles when the file was claimed, or when the patience is over: its event may be late or lost. */
  untilClaimed(file: { key: string; eTag: string }, patienceMs: number): Promise<void>;
}>;

export const createClaimWatch = (): ClaimWatch => {
  const claimed = new Set<string>();
  const waiting = new Map<string, () => void>();
  const nameOf = (key: string, eTag: string): string => `${eTag} ${key}`;
  return {
    requests: (entries) => {
      for (const { detail = {} } of entries) {
        if (detail['set.status'] !== 'PROCESSING') continue;
        const name = nameOf(detail['set.key'] ?? '', detail['set.eTag'] ?? '');
        claimed.add(name);
        waiting.get(name)?.();
      }
    },
    untilClaimed: ({ key, eTag }, patienceMs) =>
      new Promise((resolve) => {
        const name = nameOf(key, eTag);
        if (claimed.has(name)) {
          resolve();
          return;
        }
        const patience = setTimeout(resolve, patienceMs);
        waiting.set(name, () => {
          clearTimeout(patience);
          resolve();
        });
      }),
  };
};
