import { createResolver, UnresolvedIntrinsicError } from '../../../offline/resources/resolve.ts';
import type { ResolverOptions } from '../../../offline/resources/resolve.ts';

const options: ResolverOptions = {
  endpoint: 'http://localhost:4566',
  stage: 'local',
  functions: [{ key: 'processor', name: 'everyfile-local-processor' }],
  conditions: {
    IsLocal: { 'Fn::Equals': [{ Ref: 'AWS::StackName' }, 'everyfile-local'] },
    IsNotLocal: { 'Fn::Not': [{ Condition: 'IsLocal' }] },
    Both: { 'Fn::And': [{ Condition: 'IsLocal' }, { 'Fn::Equals': ['a', 'b'] }] },
    Either: { 'Fn::Or': [{ Condition: 'IsNotLocal' }, { 'Fn::Equals': ['a', 'a'] }] },
  },
  resources: {
    InboxBucket: {
      Type: 'AWS::S3::Bucket',
      Properties: { BucketName: { 'Fn::Sub': 'everyfile-local-inbox-${AWS::AccountId}' } },
    },
    PlainBucket: { Type: 'AWS::S3::Bucket' },
    WorkQueue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'everyfile-local-work' } },
    NoticesTopic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'everyfile-local-notices' } },
    LedgerTable: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'everyfile-local-ledger' } },
    DataKey: { Type: 'AWS::KMS::Key', Properties: {} },
    Snake: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { Ref: 'Tail' } } },
    Tail: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { Ref: 'Snake' } } },
  },
};
const resolve = createResolver(options);

describe('the resolver of intrinsics', () => {
  it.each([
    [{ Ref: 'InboxBucket' }, 'everyfile-local-inbox-000000000000'],
    [{ Ref: 'PlainBucket' }, 'everyfile-local-plainbucket'],
    [{ 'Fn::GetAtt': ['InboxBucket', 'Arn'] }, 'arn:aws:s3:::everyfile-local-inbox-000000000000'],
    [{ Ref: 'WorkQueue' }, 'http://localhost:4566/000000000000/everyfile-local-work'],
    [{ 'Fn::GetAtt': 'WorkQueue.QueueName' }, 'everyfile-local-work'],
    [{ 'Fn::GetAtt': ['WorkQueue', 'Arn'] }, 'arn:aws:sqs:us-east-1:000000000000:everyfile-local-work'],
    [{ Ref: 'NoticesTopic' }, 'arn:aws:sns:us-east-1:000000000000:everyfile-local-notices'],
    [{ Ref: 'LedgerTable' }, 'everyfile-local-ledger'],
    [{ 'Fn::GetAtt': ['DataKey', 'Arn'] }, 'arn:aws:kms:us-east-1:000000000000:key/everyfile-local-DataKey'],
    [
      { 'Fn::GetAtt': ['ProcessorLambdaFunction', 'Arn'] },
      'arn:aws:lambda:us-east-1:000000000000:function:everyfile-local-processor',
    ],
  ])('%j is the name, ARN or URL of the local resource', (value, expected) => {
    expect(resolve(value)).toBe(expected);
  });

  it('fills both forms of Fn::Sub in, and leaves a literal alone', () => {
    expect(resolve({ 'Fn::Sub': 'arn:${AWS::Partition}:${AWS::Region}:${LedgerTable}' })).toBe(
      'arn:aws:us-east-1:everyfile-local-ledger',
    );
    expect(resolve({ 'Fn::Sub': ['${Own}/${WorkQueue.Arn}/${!Literal}', { Own: { Ref: 'LedgerTable' } }] })).toBe(
      'everyfile-local-ledger/arn:aws:sqs:us-east-1:000000000000:everyfile-local-work/${Literal}',
    );
  });

  it('joins, splits and selects', () => {
    const parts = { 'Fn::Split': [':', { 'Fn::GetAtt': ['WorkQueue', 'Arn'] }] };
    expect(resolve({ 'Fn::Select': [5, parts] })).toBe('everyfile-local-work');
    expect(resolve({ 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }, 7]] })).toBe('a-us-east-1-7');
  });

  it('chooses by conditions, and leaves out what is AWS::NoValue', () => {
    expect(
      resolve({
        local: { 'Fn::If': ['IsLocal', 'yes', 'no'] },
        remote: { 'Fn::If': ['IsNotLocal', 'yes', { Ref: 'AWS::NoValue' }] },
        list: [{ 'Fn::If': ['Both', 'both', { Ref: 'AWS::NoValue' }] }, { 'Fn::If': ['Either', 'either', 'none'] }],
      }),
    ).toEqual({ local: 'yes', list: ['either'] });
  });

  it('leaves what is not an intrinsic as it is', () => {
    const plain = { Statement: [{ Condition: { Bool: { 'aws:SecureTransport': 'false' } }, n: 1, none: null }] };
    expect(resolve(plain)).toEqual(plain);
  });

  it.each([
    [{ 'Fn::ImportValue': 'other-stack' }, /Fn::ImportValue "other-stack" at functions\.a\.B/],
    [{ Ref: 'Nobody' }, /Ref Nobody at functions\.a\.B: there is no resource Nobody/],
    [{ 'Fn::GetAtt': ['LedgerTable', 'StreamArn'] }, /Fn::GetAtt LedgerTable\.StreamArn at functions\.a\.B/],
    [{ Ref: 'Snake' }, /named by itself/],
    ['{{resolve:ssm:/a/b}}', /\{\{resolve:ssm:\/a\/b\}\} at functions\.a\.B/],
    [{ 'Fn::Select': [3, ['a']] }, /no element 3/],
  ])('%j is an error that names the intrinsic and where it stands', (value, message) => {
    const attempt = () => resolve({ B: value }, 'functions.a');
    expect(attempt).toThrow(UnresolvedIntrinsicError);
    expect(attempt).toThrow(message);
  });
});
