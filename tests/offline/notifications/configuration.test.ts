import { isWanted, parseNotifications } from '../../../offline/notifications/configuration.ts';

const target = 'arn:aws:lambda:us-east-1:000000000000:function:f';
const rule = (Name: string, Value: string) => ({ Name, Value });
const lambda = (Event: string, ...Rules: { Name: string; Value: string }[]) => ({
  Event,
  Function: target,
  ...(Rules.length > 0 ? { Filter: { S3Key: { Rules } } } : {}),
});
const parse = (...LambdaConfigurations: unknown[]) => parseNotifications('inbox', { LambdaConfigurations });

describe('a notification', () => {
  it.each([
    ['s3:ObjectCreated:*', 'ObjectCreated:CompleteMultipartUpload', true],
    ['s3:ObjectCreated:*', 'ObjectRemoved:Delete', false],
    ['s3:ObjectCreated:Put', 'ObjectCreated:Put', true],
    ['s3:ObjectCreated:Put', 'ObjectCreated:Post', false],
    ['s3:ObjectRemoved:*', 'ObjectRemoved:DeleteMarkerCreated', true],
  ])('for %s, of %s: %s', (asked, happened, wanted) => {
    const [notification] = parse(lambda(asked));
    expect(isWanted(notification!, happened, 'any')).toBe(wanted);
  });

  it('is for keys with its prefix and its suffix, which stand in the encoding of events', () => {
    const [notification] = parse(lambda('s3:ObjectCreated:*', rule('prefix', 'in+coming%3D/'), rule('Suffix', '.txt')));
    expect(notification).toMatchObject({ prefix: 'in coming=/', suffix: '.txt', targetArn: target });
    expect(isWanted(notification!, 'ObjectCreated:Put', 'in coming=/a.txt')).toBe(true);
    expect(isWanted(notification!, 'ObjectCreated:Put', 'in coming=/a.TXT')).toBe(false);
    expect(isWanted(notification!, 'ObjectCreated:Put', 'incoming/a.txt')).toBe(false);
  });

  it('may go to queues and topics too, and keeps its id from run to run', () => {
    const configuration = {
      LambdaConfigurations: [lambda('s3:ObjectCreated:*', rule('prefix', 'a/'))],
      QueueConfigurations: [
        {
          Event: 's3:ObjectCreated:*',
          Queue: 'arn:aws:sqs:us-east-1:0:q',
          Filter: { S3Key: { Rules: [rule('prefix', 'b/')] } },
        },
      ],
      TopicConfigurations: [{ Event: 's3:ObjectRemoved:*', Topic: 'arn:aws:sns:us-east-1:0:t' }],
    };
    const notifications = parseNotifications('inbox', configuration);
    expect(notifications.map(({ targetArn }) => targetArn.split(':')[2])).toEqual(['lambda', 'sqs', 'sns']);
    expect(new Set(notifications.map(({ id }) => id)).size).toBe(3);
    expect(parseNotifications('inbox', structuredClone(configuration))).toEqual(notifications);
  });

  it.each([
    ['one event twice', lambda('s3:ObjectCreated:*'), lambda('s3:ObjectCreated:*')],
    ['an event within a pattern', lambda('s3:ObjectCreated:*'), lambda('s3:ObjectCreated:Put')],
    [
      'a prefix within a prefix',
      lambda('s3:ObjectCreated:*', rule('prefix', 'a/')),
      lambda('s3:ObjectCreated:*', rule('prefix', 'a/b/')),
    ],
    [
      'a prefix beside a suffix',
      lambda('s3:ObjectCreated:*', rule('prefix', 'a/')),
      lambda('s3:ObjectCreated:*', rule('suffix', '.txt')),
    ],
  ])('that overlaps another by %s is refused, naming both', (_how, one, other) => {
    expect(() => parse(one, other)).toThrow(/inbox: notifications overlap: s3:ObjectCreated:\* on .* and s3:/);
  });

  it.each([
    ['other events', lambda('s3:ObjectCreated:Put'), lambda('s3:ObjectCreated:Copy')],
    [
      'other prefixes',
      lambda('s3:ObjectCreated:*', rule('prefix', 'a/')),
      lambda('s3:ObjectCreated:*', rule('prefix', 'b/')),
    ],
    [
      'other suffixes',
      lambda('s3:ObjectCreated:*', rule('prefix', 'a/'), rule('suffix', '.jpg')),
      lambda('s3:ObjectCreated:*', rule('prefix', 'a/'), rule('suffix', '.png')),
    ],
  ])('may stand beside one for %s', (_how, one, other) => {
    expect(parse(one, other)).toHaveLength(2);
  });

  it.each([
    [lambda('s3:ObjectBorn:*'), /S3 has no event s3:ObjectBorn:\*/],
    [{ Event: 's3:ObjectCreated:*', Function: { Ref: 'F' } }, /Function of a notification is an ARN/],
    [lambda('s3:ObjectCreated:*', rule('prefix', 'a'), rule('prefix', 'b')), /one prefix at most/],
  ])('%j is refused, naming what is wrong', (configuration, message) => {
    expect(() => parse(configuration)).toThrow(message);
  });
});
