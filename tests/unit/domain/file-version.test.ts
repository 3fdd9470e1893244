import { createFileVersion } from '../../../lib/domain/file-version.ts';

const parts = { bucket: 'inbox', key: 'incoming/a', eTag: 'abc', size: 3 };

describe('a file version', () => {
  it('has one id, made of what both an event and a listing carry', () => {
    expect(createFileVersion(parts).id).toBe('s3://inbox/incoming/a#abc-3');
  });

  it('is the same whether the eTag came with quotes (a listing) or without (an event)', () => {
    expect(createFileVersion({ ...parts, eTag: '"abc"' })).toEqual(createFileVersion(parts));
  });

  it.each(['incoming/ a ', 'incoming/A\u0308', 'incoming/Ä', 'incoming/%2F', 'incoming/../x', 'incoming/a//b'])(
    'keeps the key %j byte for byte',
    (key) => {
      const file = createFileVersion({ ...parts, key });
      expect(file.key).toBe(key);
      expect(file.id).toBe(`s3://inbox/${key}#abc-3`);
    },
  );

  it('has an id that a DynamoDB key can hold, for the longest key and eTag', () => {
    const file = createFileVersion({
      bucket: 'b'.repeat(63),
      key: 'ü'.repeat(512),
      eTag: `${'f'.repeat(32)}-10000`,
      size: 50 * 1024 ** 4,
    });
    expect(Buffer.byteLength(file.id)).toBeLessThanOrEqual(2048);
  });

  it('is frozen', () => {
    expect(Object.isFrozen(createFileVersion(parts))).toBe(true);
  });
});
