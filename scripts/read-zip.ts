import { inflateRawSync } from 'node:zlib';

const endOfDirectory = Buffer.from('PK\x05\x06');
const directoryEntry = Buffer.from('PK\x01\x02');
const deflated = 8;

/** A file in a ZIP archive. */
export type ZipEntry = Readonly<{ path: string; content: Buffer }>;

/**
 * Reads a ZIP archive that is whole in memory, by its central directory (APPNOTE.TXT 4.3). Function archives are
 * small and plain: no ZIP64, no encryption.
 */
export function readZip(archive: Buffer): ZipEntry[] {
  const end = archive.lastIndexOf(endOfDirectory);
  if (end < 0) throw new Error('This is not a ZIP archive.');
  const entries: ZipEntry[] = [];
  let offset = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (!archive.subarray(offset, offset + 4).equals(directoryEntry)) throw new Error('This ZIP archive is damaged.');
    const pathLength = archive.readUInt16LE(offset + 28);
    const path = archive.toString('utf8', offset + 46, offset + 46 + pathLength);
    entries.push({ path, content: contentOf(archive, offset) });
    offset += 46 + pathLength + archive.readUInt16LE(offset + 30) + archive.readUInt16LE(offset + 32);
  }
  return entries;
}

function contentOf(archive: Buffer, entryOffset: number): Buffer {
  const header = archive.readUInt32LE(entryOffset + 42);
  const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
  const bytes = archive.subarray(start, start + archive.readUInt32LE(entryOffset + 20));
  return archive.readUInt16LE(entryOffset + 10) === deflated ? inflateRawSync(bytes) : bytes;
}
