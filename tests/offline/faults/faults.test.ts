import { changeFaults, noFaults } from '../../../offline/faults/faults.ts';

const now = new Date('2026-01-01T00:00:00Z');
const change = (asked: unknown, faults = noFaults) => changeFaults(faults, asked, { functions: ['processor'], now });

it('changes what is named and leaves the rest', () => {
  const first = change({ lose: 1, throttle: { dynamodb: 0.5 } });
  expect(first).toEqual({ ...noFaults, lose: 1, throttle: [{ service: 'dynamodb', share: 0.5 }] });
  expect(change({ seed: 5 }, first)).toEqual({ ...first, seed: 5 });
});

it('reads a throttle of one caller with an end', () => {
  const asked = { s3: { share: 0.5, caller: 'processor', operation: 'GetObject', times: 3, forMs: 2000 } };
  expect(change({ throttle: asked }).throttle).toEqual([
    {
      service: 's3',
      share: 0.5,
      caller: 'processor',
      operation: 'GetObject',
      times: 3,
      until: '2026-01-01T00:00:02.000Z',
    },
  ]);
});

it('cuts once and before the call unless told otherwise', () => {
  expect(change({ cut: { function: 'processor', atCall: 3 } }).cut).toEqual([
    { caller: 'processor', atCall: 3, moment: 'before', times: 1, share: 1 },
  ]);
  const cuts = [
    { function: 'processor', atCall: 1, moment: 'after', times: 2 },
    { function: 'processor', atCall: 2 },
  ];
  expect(change({ cut: cuts }).cut).toMatchObject([{ moment: 'after', times: 2 }, { atCall: 2 }]);
});

it.each([null, []])('takes rules away with %j', (nothing) => {
  const set = change({ cut: { function: 'processor', atCall: 1 }, loseResponse: { operation: 'UpdateItem' } });
  expect(change({ cut: nothing, loseResponse: nothing }, set)).toEqual(noFaults);
});

it.each([
  [[], 'Faults are an object of lose, double, delayMs, reorder, seed, throttle, fail, cut, loseResponse.'],
  [{ lose: 2 }, 'lose is a share from 0 to 1; it was 2.'],
  [{ delayMs: '3s' }, 'delayMs is milliseconds, 0 or more; it was "3s".'],
  [{ toString: 1 }, 'There is no fault toString; there are lose'],
  [{ throttle: 1 }, 'throttle is an object'],
  [{ fail: { ec2: 1 } }, 'There is no fail.ec2; it is one of s3, dynamodb'],
  [{ fail: { s3: 1.5 } }, 'fail.s3 is a share from 0 to 1; it was 1.5.'],
  [{ throttle: { ec2: 1 } }, 'There is no throttle.ec2; it is one of s3, dynamodb'],
  [{ throttle: { s3: 1.5 } }, 'throttle.s3 is a share from 0 to 1; it was 1.5.'],
  [{ throttle: { s3: { share: -1 } } }, 'throttle.s3.share is a share from 0 to 1; it was -1.'],
  [{ throttle: { s3: { until: 1 } } }, 'There is no throttle.s3.until; there are caller'],
  [{ cut: { function: 'processor' } }, 'cut.atCall is missing.'],
  [{ cut: { function: 'nobody', atCall: 1 } }, 'cut.function is one of processor; it was "nobody".'],
  [{ cut: [{ function: 'processor', atCall: 0 }] }, 'cut.atCall is the number of a call, 1 or more; it was 0.'],
  [{ cut: { function: 'processor', atCall: 1, moment: 'during' } }, 'cut.moment is one of before, after'],
  [{ loseResponse: { operation: '' } }, 'loseResponse.operation is a name; it was "".'],
  [{ loseResponse: { share: '0.3' } }, 'loseResponse.share is a share from 0 to 1; it was "0.3".'],
  [{ loseResponse: 1 }, 'loseResponse is an object of service, caller'],
])('refuses %j by name', (asked, message) => {
  expect(() => change(asked)).toThrow(
    expect.objectContaining({ name: 'FaultError', message: expect.stringContaining(message) }),
  );
});
