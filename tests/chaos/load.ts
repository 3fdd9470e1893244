import type { CloudProcess } from '../support/cloud-process.ts';

/** What works on one service of a cloud that is killed, and knows what must be there afterwards. */
export type Load = Readonly<{
  service: string;
  /** Its senders at this cloud: each call makes one write, and ends when that is acknowledged. */
  senders(cloud: CloudProcess): readonly (() => Promise<void>)[];
  /** Fails where a write that was acknowledged is missing, or a half one is there. */
  check(cloud: CloudProcess): Promise<void>;
  /** Acknowledged writes so far. */
  acknowledged(): number;
}>;

/** The settings of every client: a call that fails is not made again, for then nobody knew what was acknowledged. */
export const clientConfig = ({ endpoint }: CloudProcess) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'sender', secretAccessKey: 'local' },
  maxAttempts: 1,
});
