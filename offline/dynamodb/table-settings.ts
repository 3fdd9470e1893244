import type { Store } from './dynalite-internals.ts';
import { refuse } from './refuse.ts';

/**
 * Time to live and point-in-time recovery of tables, which dynalite does not know. They are stored and returned as
 * AWS does; neither acts here: an expired item stays, and there is nothing to recover from.
 */

type Settings = Readonly<{ ttlAttribute?: string; pointInTimeRecovery?: boolean }>;
type Input = Readonly<Record<string, unknown>>;
type Operation = (store: Store, tableName: string, input: Input) => Promise<unknown>;

const keyOf = (tableName: string): string => `everyfile-settings~${tableName}`;

const readSettings = async (store: Store, tableName: string): Promise<Settings> =>
  ((await store.db.get(keyOf(tableName))) as Settings | undefined) ?? {};

const ttlDescription = (attribute: string | undefined): unknown =>
  attribute === undefined
    ? { TimeToLiveStatus: 'DISABLED' }
    : { TimeToLiveStatus: 'ENABLED', AttributeName: attribute };

const backupsDescription = (enabled: boolean): unknown => ({
  ContinuousBackupsStatus: 'ENABLED',
  PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: enabled ? 'ENABLED' : 'DISABLED' },
});

const updateTimeToLive: Operation = async (store, tableName, input) => {
  const wanted = input['TimeToLiveSpecification'] as { Enabled?: boolean; AttributeName?: string } | undefined;
  if (typeof wanted?.Enabled !== 'boolean' || !wanted.AttributeName) {
    throw refuse('ValidationException', 'TimeToLiveSpecification needs Enabled and AttributeName.');
  }
  const { ttlAttribute, ...rest } = await readSettings(store, tableName);
  if (wanted.Enabled === (ttlAttribute !== undefined)) {
    throw refuse('ValidationException', `TimeToLive is already ${wanted.Enabled ? 'enabled' : 'disabled'}`);
  }
  const settings: Settings = wanted.Enabled ? { ...rest, ttlAttribute: wanted.AttributeName } : rest;
  await store.db.put(keyOf(tableName), settings);
  return { TimeToLiveSpecification: wanted };
};

const updateContinuousBackups: Operation = async (store, tableName, input) => {
  const wanted = input['PointInTimeRecoverySpecification'] as { PointInTimeRecoveryEnabled?: boolean } | undefined;
  if (typeof wanted?.PointInTimeRecoveryEnabled !== 'boolean') {
    throw refuse('ValidationException', 'PointInTimeRecoverySpecification needs PointInTimeRecoveryEnabled.');
  }
  const settings = await readSettings(store, tableName);
  await store.db.put(keyOf(tableName), { ...settings, pointInTimeRecovery: wanted.PointInTimeRecoveryEnabled });
  return { ContinuousBackupsDescription: backupsDescription(wanted.PointInTimeRecoveryEnabled) };
};

/** The operations on settings, by AWS's name. The caller has made sure that the table exists. */
export const settingsOperations: Readonly<Record<string, Operation>> = {
  UpdateTimeToLive: updateTimeToLive,
  DescribeTimeToLive: async (store, tableName) => ({
    TimeToLiveDescription: ttlDescription((await readSettings(store, tableName)).ttlAttribute),
  }),
  UpdateContinuousBackups: updateContinuousBackups,
  DescribeContinuousBackups: async (store, tableName) => ({
    ContinuousBackupsDescription: backupsDescription(
      (await readSettings(store, tableName)).pointInTimeRecovery ?? false,
    ),
  }),
};

/** Forgets the settings of a table that is deleted. */
export const forgetSettings = (store: Store, tableName: string): Promise<void> => store.db.del(keyOf(tableName));
