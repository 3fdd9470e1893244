import { crc32, deflateSync } from 'node:zlib';
import type { Random } from '../random.ts';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const eightBitsPerChannel = 8;
const trueColour = 2;

/** A chunk is its length, its type, its data, and a CRC of the type and the data. */
const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
};

/** A valid PNG of random pixels. @see https://www.w3.org/TR/png-3/ */
export const makePng = (random: Random): Buffer => {
  const width = random.integer(8, 64);
  const height = random.integer(8, 64);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([eightBitsPerChannel, trueColour], 8);
  const unfiltered = Buffer.from([0]);
  const rows = Array.from({ length: height }, () => Buffer.concat([unfiltered, random.bytes(width * 3)]));
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};
