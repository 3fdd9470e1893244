import { parseS3Notification } from '../../../lib/events/s3-notification.ts';

const record = (changes: { key?: string; size?: unknown; eventName?: string; eventSource?: string } = {}) => ({
  eventVersion: '2.1',
  eventSource: changes.eventSource ?? 'aws:s3',
  eventName: changes.eventName ?? 'ObjectCreated:Put',
  s3: {
    bucket: { name: 'inbox', arn: 'arn:aws:s3:::inbox' },
    object: {
      key: changes.key ?? 'incoming/a',
      size: 'size' in changes ? changes.size : 3,
      eTag: 'abc',
      sequencer: '00',
    },
  },
});
const keysOf = (...keys: string[]) =>
  parseS3Notification({ Records: keys.map((key) => record({ key })) }).files.map(({ key }) => key);

describe('an S3 notification', () => {
  it.each([
    ['incoming/a+b', 'incoming/a b'],
    ['incoming/a%2Bb', 'incoming/a+b'],
    ['incoming/100%25', 'incoming/100%'],
    ['incoming/%252F', 'incoming/%2F'],
    ['incoming/%E6%97%A5%E6%9C%AC', 'incoming/日本'],
    ['incoming/folder/', 'incoming/folder/'],
    ['incoming//a', 'incoming//a'],
  ])('decodes the key %s once, to %s', (encoded, key) => {
    expect(keysOf(encoded)).toEqual([key]);
  });

  it('brings every record, not the first alone', () => {
    expect(keysOf('incoming/a', 'incoming/b')).toEqual(['incoming/a', 'incoming/b']);
  });

  it('that S3 sends to test a queue holds no file', () => {
    expect(parseS3Notification({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'inbox' })).toEqual({
      files: [],
      unreadable: [],
    });
  });

  it.each([
    [null, /null/],
    [undefined, /nothing/],
    ['text', /"text"/],
    [[1, 2], /a list of 2/],
    [{}, /no properties/],
    [{ detail: {}, source: 'aws.events' }, /an object with detail, source/],
    [{ Records: 'many' }, /"Records"/],
  ])('is told from %j', (event, message) => {
    expect(() => parseS3Notification(event)).toThrow(message);
    expect(() => parseS3Notification(event)).toThrow(expect.objectContaining({ name: 'UnreadableEventError' }));
  });

  it.each([
    [record({ eventSource: 'aws:sqs' }), /record 1: eventSource is "aws:sqs"/],
    [record({ eventName: 'ObjectRemoved:Delete' }), /record 1: eventName is "ObjectRemoved:Delete"/],
    [record({ key: 'incoming/%E0%A4%A' }), /record 1: s3.object.key "incoming\/%E0%A4%A" is not URL-encoded/],
    [record({ size: undefined }), /record 1: s3.object.size is nothing/],
    [record({ size: -1 }), /record 1: s3.object.size is -1/],
    [{ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' }, /record 1: s3.object.size is nothing/],
    ['text', /record 1: eventSource is nothing/],
  ])('names a record that cannot be read, and keeps the others', (bad, message) => {
    const { files, unreadable } = parseS3Notification({ Records: [record(), bad, record({ key: 'incoming/c' })] });
    expect(files.map(({ key }) => key)).toEqual(['incoming/a', 'incoming/c']);
    expect(unreadable).toHaveLength(1);
    expect(unreadable[0]!.message).toMatch(message);
  });

  it('of two megabytes is read, and a message about it stays short', () => {
    const Records = Array.from({ length: 4_000 }, (_, n) => record({ key: `incoming/${'x'.repeat(500)}${String(n)}` }));
    expect(JSON.stringify({ Records }).length).toBeGreaterThan(2_000_000);
    expect(parseS3Notification({ Records }).files).toHaveLength(4_000);
    const [error] = parseS3Notification({ Records: [record({ eventSource: 'x'.repeat(2_000_000) })] }).unreadable;
    expect(error!.message.length).toBeLessThan(400);
  });
});
