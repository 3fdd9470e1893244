import type { ObjectEvent } from '../../../offline/contracts.ts';
import { encodeEventKey } from '../../../offline/notifications/event-key.ts';
import { eventMessage, testMessage } from '../../../offline/notifications/event-record.ts';

const removal: ObjectEvent = {
  eventName: 'ObjectRemoved:Delete',
  eventTime: new Date('2026-01-02T03:04:05.678Z'),
  bucket: 'inbox',
  key: 'incoming/a b+c.txt',
  sequencer: '0055AED6DCD90281E5',
  requestId: '1A2B3C4D5E6F7A8B',
  principalId: 'AWS:sender',
  sourceIpAddress: '127.0.0.1',
};

const creation: ObjectEvent = {
  ...removal,
  eventName: 'ObjectCreated:Put',
  size: 3,
  eTag: 'd41d8cd98f00b204e9800998ecf8427e',
  versionId: 'v1',
};

describe('the key in an event', () => {
  it.each([
    ['incoming/red flower.jpg', 'incoming/red+flower.jpg'],
    ['this im + age blah.txt', 'this+im+%2B+age+blah.txt'],
    ['year=2026/a:b;c,d&e?f#g@h$i', 'year%3D2026/a%3Ab%3Bc%2Cd%26e%3Ff%23g%40h%24i'],
    ["a!b'c(d)e~f*g_h-i.j", 'a%21b%27c%28d%29e%7Ef*g_h-i.j'],
    ['100%/%2F', '100%25/%252F'],
    ['日本/é🎈', '%E6%97%A5%E6%9C%AC/%C3%A9%F0%9F%8E%88'],
    ['a\u0000\n\u007f"<>\\^`{|}[]', 'a%00%0A%7F%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D'],
  ])('%s is written %s, and decoding once gives it back', (key, encoded) => {
    expect(encodeEventKey(key)).toBe(encoded);
    expect(decodeURIComponent(encoded.replaceAll('+', ' '))).toBe(key);
  });
});

describe('the message of an event', () => {
  it('is as AWS sends it', () => {
    const message = JSON.parse(eventMessage(creation, 'the-configuration'));
    expect(message).toEqual({
      Records: [
        {
          eventVersion: '2.1',
          eventSource: 'aws:s3',
          awsRegion: 'us-east-1',
          eventTime: '2026-01-02T03:04:05.678Z',
          eventName: 'ObjectCreated:Put',
          userIdentity: { principalId: 'AWS:sender' },
          requestParameters: { sourceIPAddress: '127.0.0.1' },
          responseElements: { 'x-amz-request-id': '1A2B3C4D5E6F7A8B', 'x-amz-id-2': expect.any(String) },
          s3: {
            s3SchemaVersion: '1.0',
            configurationId: 'the-configuration',
            bucket: { name: 'inbox', ownerIdentity: { principalId: expect.any(String) }, arn: 'arn:aws:s3:::inbox' },
            object: {
              key: 'incoming/a+b%2Bc.txt',
              size: 3,
              eTag: 'd41d8cd98f00b204e9800998ecf8427e',
              versionId: 'v1',
              sequencer: '0055AED6DCD90281E5',
            },
          },
        },
      ],
    });
  });

  it('leaves out what a removal does not have', () => {
    const message = JSON.parse(eventMessage(removal, 'c'));
    expect(message.Records[0].s3.object).toEqual({ key: 'incoming/a+b%2Bc.txt', sequencer: '0055AED6DCD90281E5' });
  });

  it('is a test message, with no records, when a queue is wired', () => {
    expect(JSON.parse(testMessage('inbox', new Date(0), 'ID'))).toEqual({
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Time: '1970-01-01T00:00:00.000Z',
      Bucket: 'inbox',
      RequestId: 'ID',
      HostId: expect.any(String),
    });
  });
});
