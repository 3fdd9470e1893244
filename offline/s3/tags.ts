import { S3Error } from './errors.ts';
import type { Tags } from './store/versions.ts';
import { childNamed, childrenNamed, readXml, textOf } from './xml-reader.ts';
import { element, xmlDocument } from './xml-writer.ts';

const mostTags = 10;

/** `x-amz-tagging`: tags as a query string. */
export const parseTagHeader = (header: string | undefined): Tags => {
  if (header === undefined || header === '') return {};
  return checked([...new URLSearchParams(header)]);
};

/** The body of `PutObjectTagging` and `PutBucketTagging`. */
export const parseTagging = (xml: string): Tags => {
  const root = readXml(xml);
  const set = childNamed(root, 'TagSet');
  if (root.name !== 'Tagging' || set === undefined) throw new S3Error('MalformedXML');
  return checked(childrenNamed(set, 'Tag').map((tag) => [textOf(tag, 'Key') ?? '', textOf(tag, 'Value') ?? '']));
};

export const taggingDocument = (tags: Tags): string => {
  const set = Object.entries(tags).map(([key, value]) => element('Tag', element('Key', key), element('Value', value)));
  return xmlDocument('Tagging', element('TagSet', ...set));
};

const checked = (pairs: readonly (readonly [string, string])[]): Tags => {
  if (pairs.length > mostTags) {
    throw new S3Error('InvalidTag', { message: 'Object tags cannot be greater than 10' });
  }
  const tags: Record<string, string> = {};
  for (const [key, value] of pairs) {
    if (key === '' || key.length > 128 || key.startsWith('aws:')) {
      throw new S3Error('InvalidTag', { message: 'The TagKey you have provided is invalid' });
    }
    if (value.length > 256) throw new S3Error('InvalidTag', { message: 'The TagValue you have provided is invalid' });
    if (Object.hasOwn(tags, key)) {
      throw new S3Error('InvalidTag', { message: 'Cannot provide multiple Tags with the same key' });
    }
    tags[key] = value;
  }
  return tags;
};
