import { createRandom, type Random } from '../random.ts';
import { makePdf } from './pdf.ts';
import { makePng } from './png.ts';
import { makeZip } from './zip.ts';

/** What a file of the corpus is. `large` is sent by multipart upload. */
export type Kind = 'text' | 'csv' | 'json' | 'png' | 'pdf' | 'zip' | 'binary' | 'empty' | 'large';

const largeBytes = 20 * 1024 * 1024;
const words = ['invoice', 'order', 'reading', 'Größe', 'naïve', '見積書', 'receipt', 'ledger', 'parcel', '📦', 'done'];
const cities = ['Lisbon', 'Kraków', 'Ōsaka', 'Quito', 'Tromsø', 'São Paulo'];

const sentence = (random: Random): string =>
  Array.from({ length: random.integer(4, 12) }, () => random.pick(words)).join(' ');

const makeText = (random: Random): string =>
  Array.from({ length: random.integer(3, 200) }, () => sentence(random)).join('\n');

const makeCsv = (random: Random): string => {
  const rows = Array.from({ length: random.integer(5, 300) }, (_, index) =>
    [index, random.pick(cities), random.integer(1, 99_999) / 100, `"${sentence(random)}"`].join(','),
  );
  return ['id,city,amount,"what it says"', ...rows].join('\r\n');
};

const makeJson = (random: Random): string =>
  JSON.stringify({
    order: random.integer(1, 1_000_000),
    city: random.pick(cities),
    lines: Array.from({ length: random.integer(1, 60) }, () => ({
      text: sentence(random),
      count: random.integer(1, 9),
    })),
  });

const makers: Readonly<Record<Kind, (random: Random) => Buffer>> = {
  text: (random) => Buffer.from(makeText(random)),
  csv: (random) => Buffer.from(makeCsv(random)),
  json: (random) => Buffer.from(makeJson(random)),
  png: makePng,
  pdf: (random) => makePdf(`Delivery note ${random.integer(1, 1_000_000_000)}`),
  zip: (random) => makeZip({ 'read me.txt': Buffer.from(makeText(random)), 'データ.bin': random.bytes(2_000) }),
  binary: (random) => random.bytes(random.integer(1, 60_000)),
  empty: () => Buffer.alloc(0),
  large: (random) => random.bytes(largeBytes),
};

/** The bytes of a file: the same for the same kind and seed. */
export const makeContent = (kind: Kind, seed: string): Buffer => makers[kind](createRandom(seed));

/** What an honest sender declares. */
export const contentTypes: Readonly<Record<Kind, string>> = {
  text: 'text/plain; charset=utf-8',
  csv: 'text/csv',
  json: 'application/json',
  png: 'image/png',
  pdf: 'application/pdf',
  zip: 'application/zip',
  binary: 'application/octet-stream',
  empty: 'application/x-empty',
  large: 'application/octet-stream',
};
