import { inflateSync } from 'node:zlib';
import { fileTypeFromBuffer } from 'file-type';
import { makeContent, type Kind } from '../../../demo/corpus/contents.ts';
import { keyOf, oddNames } from '../../../demo/corpus/names.ts';
import { createPlan } from '../../../demo/plan.ts';
import { readZip } from '../../../scripts/read-zip.ts';

describe('contents', () => {
  it.each<[Kind, string]>([
    ['png', 'image/png'],
    ['pdf', 'application/pdf'],
    ['zip', 'application/zip'],
  ])('a %s is what its signature says', async (kind, mime) => {
    expect((await fileTypeFromBuffer(makeContent(kind, 'seed')))?.mime).toBe(mime);
  });

  it('a PNG holds as many pixels as it says', () => {
    const png = makeContent('png', 'seed');
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
    const length = png.readUInt32BE(33);
    expect(png.toString('latin1', 37, 41)).toBe('IDAT');
    expect(inflateSync(png.subarray(41, 41 + length))).toHaveLength(height * (1 + width * 3));
  });

  it('a PDF has every object where its table says', () => {
    const pdf = makeContent('pdf', 'seed').toString('latin1');
    const table = Number(/startxref\n(\d+)/.exec(pdf)?.[1]);
    expect(pdf.slice(table, table + 4)).toBe('xref');
    const offsets = [...pdf.slice(table).matchAll(/(\d{10}) 00000 n/g)].map(([, offset]) => Number(offset));
    expect(offsets).toHaveLength(5);
    offsets.forEach((offset, index) => expect(pdf.slice(offset)).toMatch(new RegExp(`^${index + 1} 0 obj`)));
  });

  it('a ZIP can be read by its directory, whole', () => {
    const files = readZip(makeContent('zip', 'seed'));
    expect(files.map(({ path }) => path)).toEqual(['read me.txt', 'データ.bin']);
    expect(files[1]?.content).toHaveLength(2_000);
  });

  it('JSON and CSV read as such', () => {
    expect(JSON.parse(makeContent('json', 'seed').toString())).toHaveProperty('lines');
    const lines = makeContent('csv', 'seed').toString().split('\r\n');
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.every((line) => line.split(',').length === 4)).toBe(true);
  });

  it('are the same for the same seed, and others for another', () => {
    expect(makeContent('binary', 'a')).toEqual(makeContent('binary', 'a'));
    expect(makeContent('binary', 'a')).not.toEqual(makeContent('binary', 'b'));
  });
});

describe('odd names', () => {
  const keys = oddNames.map(({ name }) => keyOf('', name));

  it('are within what S3 allows, and one is as long as that', () => {
    const bytes = keys.map((key) => Buffer.byteLength(key));
    expect(Math.max(...bytes)).toBe(1024);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each([' ', '+', '%', '%2F', '&', '"', "'", '//', '/.', '請求書', '🎉', '\n', '\\', '<'])('hold %j', (oddity) => {
    expect(keys.some((key) => key.includes(oddity))).toBe(true);
  });

  it('include a folder marker, an empty file and a multipart upload', () => {
    expect(keys).toContain('incoming/folder/');
    expect(oddNames.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['empty', 'large']));
  });
});

describe('plan', () => {
  const versionsOf = (files: number, seed = 11) => createPlan({ files, seed }).flatMap(({ puts }) => puts);

  it('sends as many file versions as are asked for', () => {
    for (const files of [1, 5, 26, 40, 300]) expect(versionsOf(files)).toHaveLength(files);
  });

  it('is the same for the same seed, byte for byte', () => {
    const sketch = (seed: number) =>
      createPlan({ files: 60, seed })
        .filter(({ puts }) => puts[0].kind !== 'large')
        .map(({ puts, ...errand }) => ({
          ...errand,
          puts: puts.map((put) => [put.key, put.contentType, put.content().toString('base64')]),
        }));
    expect(sketch(11)).toEqual(sketch(11));
    expect(sketch(11)).not.toEqual(sketch(12));
  });

  it('uses each key once, so that what became of a key has one story', () => {
    const keys = createPlan({ files: 300, seed: 11 }).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('overwrites with other bytes, deletes and sends again, even when it is small', () => {
    for (const files of [40, 300]) {
      const plan = createPlan({ files, seed: 5 });
      const overwrites = plan.filter(({ puts }) => puts.length > 1);
      expect(overwrites.length).toBeGreaterThan(0);
      for (const { puts } of overwrites) expect(puts[0].content()).not.toEqual(puts[1]?.content());
      expect(plan.some(({ deletes }) => deletes)).toBe(true);
      expect(plan.some(({ sendsAgain }) => sendsAgain)).toBe(true);
      expect(plan.some(({ deletes, sendsAgain }) => deletes && sendsAgain)).toBe(false);
    }
  });
});
