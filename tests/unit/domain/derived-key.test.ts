import { derivedKey } from '../../../lib/domain/derived-key.ts';
import { createFileVersion, hashOf } from '../../../lib/domain/file-version.ts';

const file = (key: string) => createFileVersion({ bucket: 'inbox', key, eTag: 'abc', size: 3 });

describe('a derived key', () => {
  it('is prefix, hash of the id, and the name that a person knows', () => {
    const version = file('incoming/a.csv');
    expect(derivedKey('bak/', version)).toBe(`bak/${hashOf(version.id)}/incoming/a.csv`);
  });

  it('keeps the tail of a long key, within 1,024 bytes, ending included', () => {
    const version = file(`incoming/${'x'.repeat(1000)}/end.csv`);
    const key = derivedKey('quarantine/', version, '-f3', '.json');
    expect(Buffer.byteLength(key)).toBe(1024);
    expect(key).toMatch(/^quarantine\/[0-9a-f]{64}-f3\/x+\/end\.csv\.json$/);
  });

  it('never cuts inside a character', () => {
    for (let padding = 0; padding < 4; padding += 1) {
      const key = derivedKey('quarantine/', file(`incoming/${'x'.repeat(padding)}${'😀'.repeat(253)}`));
      expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1024);
      expect(Buffer.from(key, 'utf8').toString('utf8')).toBe(key);
      expect(key).not.toContain('\uFFFD');
      expect(key).toMatch(/\/(😀)+$/u);
    }
  });

  it('differs for two versions of one key, and for two keys of one tail', () => {
    const other = createFileVersion({ bucket: 'inbox', key: 'incoming/a', eTag: 'def', size: 3 });
    expect(derivedKey('bak/', file('incoming/a'))).not.toBe(derivedKey('bak/', other));
    const long = 'x'.repeat(1015);
    expect(derivedKey('bak/', file(`1/${long}`))).not.toBe(derivedKey('bak/', file(`2/${long}`)));
  });
});
