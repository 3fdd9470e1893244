import type { Mutant } from './mutant.ts';

const ledger = 'lib/adapters/dynamodb-ledger.ts';
const lanes = 'lib/adapters/dynamodb-lane-store.ts';
const onLedger = { file: ledger, catcher: 'contract/local-cloud', test: 'ledger' };
const onLanes = { file: lanes, catcher: 'contract/local-cloud', test: 'laneStore' };
const inProtocol = { file: ledger, catcher: 'contract/protocol' };

/** The conditions as DynamoDB gets them. Each value is still referred to: DynamoDB refuses one that is not. */
export const ofTheConditions: readonly Mutant[] = [
  {
    name: 'table-ignores-the-lease',
    rule: 'a claim waits until the lease is over by more than the skew',
    find: '(status = :processing AND leaseUntil < :nowMinusSkew))',
    replace: '(status = :processing AND (leaseUntil < :nowMinusSkew OR leaseUntil >= :nowMinusSkew)))',
    ...inProtocol,
  },
  {
    name: 'table-adds-no-skew',
    rule: 'a claim waits until the lease is over by more than the skew',
    find: "':nowMinusSkew': bounds.now - bounds.skewMs,\n          ':leaseUntil': leaseUntil,",
    replace: "':nowMinusSkew': bounds.now,\n          ':leaseUntil': leaseUntil,",
    ...onLedger,
  },
  {
    name: 'table-claims-no-notes',
    rule: 'SUPERSEDED and GONE are claimed like absence',
    find: 'status IN (:superseded, :gone)',
    replace: '(status IN (:superseded, :gone) AND status = :processing)',
    ...inProtocol,
  },
  {
    name: 'table-claims-verdicts',
    rule: 'DONE refuses a claim',
    find: 'attribute_not_exists(status) OR',
    replace: 'attribute_not_exists(status) OR (status <> :processing AND status <> :retry) OR',
    ...onLedger,
  },
  {
    name: 'table-does-not-look-at-attempts',
    rule: 'attempts never exceed the limit',
    find: '(attempts < :max AND',
    replace: '((attempts < :max OR attempts >= :max) AND',
    ...inProtocol,
  },
  {
    name: 'table-buries-too-early',
    rule: 'only a claim at maxAttempts buries',
    find: '`attempts >= :max AND',
    replace: '`(attempts >= :max OR attempts < :max) AND',
    ...onLedger,
  },
  {
    name: 'renewed-by-a-stale-owner',
    rule: 'renew on condition that I am still the owner',
    find: "set: { leaseUntil: ':leaseUntil' },\n        condition: ownedByMe,",
    replace:
      "set: { leaseUntil: ':leaseUntil' },\n        condition: 'status = :processing AND (owner = :owner OR owner <> :owner)',",
    ...onLedger,
  },
  {
    name: 'noted-by-a-stale-owner',
    rule: 'note on condition that I am still the owner',
    find: "set: { status: ':status', attempts: ':zero' },\n        condition: ownedByMe,",
    replace:
      "set: { status: ':status', attempts: ':zero' },\n        condition: 'status = :processing AND (owner = :owner OR owner <> :owner)',",
    ...onLedger,
  },
  {
    name: 'poisoned-by-a-stale-owner',
    rule: 'poison on condition that I am still the owner',
    find: "outbox: ':outbox', open: ':open' },\n        condition: ownedByMe,",
    replace:
      "outbox: ':outbox', open: ':open' },\n        condition: 'status = :processing AND (owner = :owner OR owner <> :owner)',",
    ...onLedger,
  },
  {
    name: 'table-takes-any-baton',
    rule: "a baton claims the lane only if the fence is the baton's",
    find: "' AND fence = :fence'",
    replace: "' AND (fence = :fence OR fence <> :fence)'",
    ...onLanes,
  },
  {
    name: 'table-ignores-the-lease-of-a-lane',
    rule: 'one runner per lane',
    find: 'leaseUntil < :nowMinusSkew) AND ',
    replace: 'leaseUntil < :nowMinusSkew OR leaseUntil >= :nowMinusSkew) AND ',
    ...onLanes,
  },
  {
    name: 'table-ignores-the-kill-switch',
    rule: 'nobody claims a paused lane',
    find: 'paused = :false)',
    replace: 'paused = :false OR paused <> :false)',
    ...onLanes,
  },
  {
    name: 'lane-released-by-a-stale-owner',
    rule: 'a lane is renewed and released on condition that I am still its owner',
    find: "condition: 'owner = :owner',",
    replace: "condition: 'owner = :owner OR owner <> :owner',",
    ...onLanes,
  },
];
