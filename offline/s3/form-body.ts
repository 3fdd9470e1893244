import { createByteReader } from './byte-reader.ts';
import { S3Error } from './errors.ts';

/** A browser's form: its fields by lower-case names, and the file that comes last, to be streamed. */
export type Form = Readonly<{ fields: ReadonlyMap<string, string>; fileName: string; file: AsyncGenerator<Buffer> }>;

const mostFieldBytes = 20 * 1024;

/**
 * Reads `multipart/form-data` up to the field `file`; what comes behind it is read over, as S3 does. Throws
 * `MalformedPOSTRequest` for what is no form, and `InvalidArgument` for one without a file.
 */
export const readForm = async (contentType: string, source: AsyncIterable<Buffer>): Promise<Form> => {
  const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (!contentType.toLowerCase().startsWith('multipart/form-data') || boundary === undefined) {
    throw new S3Error('MalformedPOSTRequest');
  }
  const reader = createByteReader(source);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  if ((await reader.line()) !== `--${boundary}`) throw new S3Error('MalformedPOSTRequest');

  const fields = new Map<string, string>();
  let fieldBytes = 0;
  for (;;) {
    const { name, fileName } = await readPartHeaders(reader);
    if (name === 'file') return { fields, fileName, file: thenRest(reader.until(delimiter), () => reader.rest()) };
    const chunks: Buffer[] = [];
    for await (const chunk of reader.until(delimiter)) {
      fieldBytes += chunk.length;
      if (fieldBytes > mostFieldBytes) throw new S3Error('MaxMessageLengthExceeded');
      chunks.push(chunk);
    }
    fields.set(name, Buffer.concat(chunks).toString('utf8'));
    if ((await reader.line()) !== '') {
      throw new S3Error('InvalidArgument', { message: 'POST requires exactly one file upload per request.' });
    }
  }
};

const thenRest = async function* (file: AsyncGenerator<Buffer>, rest: () => Promise<void>): AsyncGenerator<Buffer> {
  yield* file;
  await rest();
};

const readPartHeaders = async (
  reader: ReturnType<typeof createByteReader>,
): Promise<{ name: string; fileName: string }> => {
  let disposition = '';
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    if (line === undefined) throw new S3Error('MalformedPOSTRequest');
    if (/^content-disposition:/i.test(line)) disposition = Buffer.from(line, 'latin1').toString('utf8');
  }
  const name = /[;\s]name="([^"]*)"/i.exec(disposition)?.[1];
  if (name === undefined) throw new S3Error('MalformedPOSTRequest');
  return { name: name.toLowerCase(), fileName: /[;\s]filename="([^"]*)"/i.exec(disposition)?.[1] ?? '' };
};
