import { backOffMs } from '../../../lib/domain/back-off.ts';
import {
  AccessDeniedError,
  describeError,
  PermanentError,
  ServiceUnavailableError,
  TransientError,
} from '../../../lib/domain/errors.ts';
import { classifyFailure } from '../../../lib/domain/failure.ts';

const day = 24 * 60 * 60 * 1000;

describe('a failure', () => {
  it.each([
    [new PermanentError('x'), 'permanent'],
    [new ServiceUnavailableError('x'), 'ours'],
    [new AccessDeniedError('x'), 'ours'],
    [new TransientError('x'), 'counted'],
    [new Error('x'), 'counted'],
    ['a text', 'counted'],
  ])('%s is %s', (error, kind) => {
    expect(classifyFailure(error, 0, day - 1)).toBe(kind);
  });

  it('of ours counts once the file has been waiting for a day', () => {
    expect(classifyFailure(new ServiceUnavailableError('x'), 0, day)).toBe('counted');
  });
});

describe('the back-off', () => {
  it('doubles with each attempt, up to a quarter of an hour', () => {
    const times = [1, 2, 3, 10, 100].map((attempts) => backOffMs(attempts, 1_000, 1));
    expect(times).toEqual([1_000, 2_000, 4_000, 512_000, 900_000]);
  });

  it('is half certain and half drawn', () => {
    expect(backOffMs(1, 1_000, 0)).toBe(500);
    expect(backOffMs(1, 1_000, 0.5)).toBe(750);
  });

  it('stands the attempt that was given back', () => {
    expect(backOffMs(0, 1_000, 0)).toBe(500);
  });
});

describe('an error in the ledger', () => {
  it('is its name and message', () => {
    expect(describeError(new PermanentError('no'))).toBe('PermanentError: no');
  });

  it('takes at most 256 bytes and is never cut inside a character', () => {
    for (const letter of ['x', 'ü', '漢', '😀']) {
      const text = describeError(new Error(letter.repeat(500)));
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(256);
      expect(text).not.toContain('\uFFFD');
      expect(text.endsWith('…')).toBe(true);
    }
  });
});
