import { describeRefusal, describeRequest } from '../../../offline/dynamodb/describe-request.ts';

const update = (UpdateExpression: string) => ({
  TableName: 'ledger',
  Key: { id: { S: 's3://inbox/a, b = :done#1' } },
  UpdateExpression,
  ExpressionAttributeNames: { '#status': 'status', '#fence': 'fence' },
  ExpressionAttributeValues: { ':done': { S: 'DONE' }, ':me': { S: 'me' }, ':one': { N: '1' }, ':map': { M: {} } },
});

describe('what the request log says of a DynamoDB call', () => {
  it('is the key of the item', () => {
    expect(describeRequest({ Key: { id: { S: 'a' } } })).toEqual({ 'key.id': 'a' });
  });

  it('is the index that is asked', () => {
    expect(describeRequest({ TableName: 'ledger', IndexName: 'due' })).toEqual({ index: 'due' });
  });

  it('is the texts that are set, under the names of their attributes', () => {
    expect(describeRequest(update('SET #status = :done, owner=:me REMOVE #fence'))).toEqual({
      'key.id': 's3://inbox/a, b = :done#1',
      'set.status': 'DONE',
      'set.owner': 'me',
    });
  });

  it('is the texts of an item that is put whole', () => {
    expect(describeRequest({ Item: { id: { S: 'a' }, fence: { N: '1' } } })).toEqual({ 'set.id': 'a' });
  });

  it('is nothing of what is removed, computed, or no text', () => {
    const detail = describeRequest(
      update('REMOVE owner SET #fence = if_not_exists(#fence, :one) + :one, #status = :done, m = :map'),
    );
    expect(Object.keys(detail)).toEqual(['key.id', 'set.status']);
  });

  it('is the texts of the item that refused a condition', () => {
    const body = { __type: '…#ConditionalCheckFailedException', Item: { status: { S: 'DONE' }, fence: { N: '1' } } };
    expect(describeRefusal(body)).toEqual({ 'old.status': 'DONE' });
    expect(describeRefusal({ message: 'The conditional request failed' })).toEqual({});
  });
});
