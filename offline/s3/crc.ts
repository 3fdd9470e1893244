import { crc32 } from 'node:zlib';

/** A cyclic redundancy check that grows with the stream. */
export type RunningCrc = Readonly<{ update(chunk: Uint8Array): void; digest(): Buffer }>;
export type CrcName = 'CRC32' | 'CRC32C' | 'CRC64NVME';

/** Polynomials, reflected: all three start with all bits set and are inverted at the end. */
const shapes = {
  CRC32: { bits: 32n, polynomial: 0xedb88320n },
  CRC32C: { bits: 32n, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64n, polynomial: 0x9a6c9329ac4bc9b5n },
} as const;

export const createCrc = (name: CrcName): RunningCrc => {
  if (name === 'CRC32') return createCrc32();
  return name === 'CRC32C' ? createCrc32c() : createCrc64Nvme();
};

/**
 * The check of two joined byte strings from the checks of each and the length of the second: so the check of a
 * multipart object is known from its parts, without a byte being read again.
 */
export const combineCrcs = (name: CrcName, first: Buffer, second: Buffer, secondBytes: number): Buffer => {
  const { bits, polynomial } = shapes[name];
  const multiply = (left: bigint, right: bigint): bigint => {
    let product = 0n;
    for (let bit = bits - 1n, term = right; bit >= 0n; bit -= 1n) {
      if ((left >> bit) & 1n) product ^= term;
      term = term & 1n ? (term >> 1n) ^ polynomial : term >> 1n;
    }
    return product;
  };
  let shift = 1n << (bits - 1n);
  let power = 1n << (bits - 2n);
  for (let exponent = BigInt(secondBytes) * 8n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) shift = multiply(shift, power);
    power = multiply(power, power);
  }
  return toBytes(multiply(toNumber(first), shift) ^ toNumber(second), bits);
};

const toNumber = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`);
const toBytes = (value: bigint, bits: bigint): Buffer =>
  Buffer.from(value.toString(16).padStart(Number(bits / 4n), '0'), 'hex');

const createCrc32 = (): RunningCrc => {
  let value = 0;
  return {
    update: (chunk) => {
      value = crc32(chunk, value);
    },
    digest: () => bytesOf(value),
  };
};

const bytesOf = (...words: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(words.length * 4);
  words.forEach((word, index) => bytes.writeUInt32BE(word >>> 0, index * 4));
  return bytes;
};

/** Eight tables of 256 entries, low and high words apart: table n advances a byte over n zero bytes more. */
const createTables = ({ bits, polynomial }: { bits: bigint; polynomial: bigint }) => {
  const low = new Uint32Array(8 * 256);
  const high = new Uint32Array(8 * 256);
  const values: bigint[] = [];
  for (let index = 0; index < 8 * 256; index += 1) {
    let value = index < 256 ? BigInt(index) : (values[index - 256] ?? 0n);
    if (index < 256) for (let bit = 0; bit < 8; bit += 1) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
    else value = (value >> 8n) ^ (values[Number(value & 255n)] ?? 0n);
    values.push(value);
    low[index] = Number(value & 0xffffffffn);
    if (bits === 64n) high[index] = Number(value >> 32n);
  }
  return { low, high };
};

const lazily = <T>(create: () => T): (() => T) => {
  let value: T | undefined;
  return () => (value ??= create());
};
const crc32cTables = lazily(() => createTables(shapes.CRC32C));
const crc64NvmeTables = lazily(() => createTables(shapes.CRC64NVME));

/** A typed array read that is known to be inside: the bounds follow from the masks. */
const at = (array: Uint8Array | Uint32Array, index: number): number => array[index] as number;

const createCrc32c = (): RunningCrc => {
  const { low } = crc32cTables();
  let value = -1;
  return {
    update: (chunk) => {
      let position = 0;
      for (; position + 4 <= chunk.length; position += 4) {
        value =
          at(low, 768 + ((value ^ at(chunk, position)) & 255)) ^
          at(low, 512 + (((value >>> 8) ^ at(chunk, position + 1)) & 255)) ^
          at(low, 256 + (((value >>> 16) ^ at(chunk, position + 2)) & 255)) ^
          at(low, (value >>> 24) ^ at(chunk, position + 3));
      }
      for (; position < chunk.length; position += 1)
        value = (value >>> 8) ^ at(low, (value ^ at(chunk, position)) & 255);
    },
    digest: () => bytesOf(~value),
  };
};

const createCrc64Nvme = (): RunningCrc => {
  const tables = crc64NvmeTables();
  let low = -1;
  let high = -1;
  return {
    update: (chunk) => {
      let position = 0;
      for (; position + 8 <= chunk.length; position += 8) {
        const i0 = 1792 + ((low ^ at(chunk, position)) & 255);
        const i1 = 1536 + (((low >>> 8) ^ at(chunk, position + 1)) & 255);
        const i2 = 1280 + (((low >>> 16) ^ at(chunk, position + 2)) & 255);
        const i3 = 1024 + ((low >>> 24) ^ at(chunk, position + 3));
        const i4 = 768 + ((high ^ at(chunk, position + 4)) & 255);
        const i5 = 512 + (((high >>> 8) ^ at(chunk, position + 5)) & 255);
        const i6 = 256 + (((high >>> 16) ^ at(chunk, position + 6)) & 255);
        const i7 = (high >>> 24) ^ at(chunk, position + 7);
        const l = tables.low;
        const h = tables.high;
        low = at(l, i0) ^ at(l, i1) ^ at(l, i2) ^ at(l, i3) ^ at(l, i4) ^ at(l, i5) ^ at(l, i6) ^ at(l, i7);
        high = at(h, i0) ^ at(h, i1) ^ at(h, i2) ^ at(h, i3) ^ at(h, i4) ^ at(h, i5) ^ at(h, i6) ^ at(h, i7);
      }
      for (; position < chunk.length; position += 1) {
        const index = (low ^ at(chunk, position)) & 255;
        low = ((low >>> 8) | (high << 24)) ^ at(tables.low, index);
        high = (high >>> 8) ^ at(tables.high, index);
      }
    },
    digest: () => bytesOf(~high, ~low),
  };
};
