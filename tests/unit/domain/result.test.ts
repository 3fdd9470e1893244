import { UnstorableResultError } from '../../../lib/domain/errors.ts';
import { storableResult } from '../../../lib/domain/result.ts';

const result = (metadata: Record<string, unknown>) => ({ metadata, outputs: [], outbox: [] });
const nested = (depth: number): Record<string, unknown> => (depth === 0 ? {} : { in: nested(depth - 1) });

describe('what the actions returned', () => {
  it('is kept as plain JSON', () => {
    const kept = storableResult(result({ when: new Date(0), missing: undefined, number: 1, list: [1, 'a'] }));
    expect(kept.metadata).toEqual({ when: '1970-01-01T00:00:00.000Z', number: 1, list: [1, 'a'] });
  });

  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  it.each([
    ['more than 8 KB', { text: 'x'.repeat(8 * 1024) }, /8192 bytes/],
    ['a cycle', cycle, /JSON cannot hold/],
    ['a BigInt', { number: 1n }, /JSON cannot hold/],
    ['a nest too deep', nested(20), /16 levels/],
    ['an empty property name', { '': 1 }, /name is empty/],
  ])('is refused by name when it is %s', (_title, metadata, message) => {
    expect(() => storableResult(result(metadata))).toThrow(UnstorableResultError);
    expect(() => storableResult(result(metadata))).toThrow(message);
  });
});
