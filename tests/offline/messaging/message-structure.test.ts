import { resolveMessageStructure } from '../../../offline/messaging/message-structure.ts';
import { RequestError } from '../../../offline/messaging/request-error.ts';

const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();
const resolved = (fields: Record<string, string>) =>
  Object.fromEntries(new URLSearchParams(resolveMessageStructure(form(fields))));

describe('a notice that says another text to each protocol', () => {
  it('says the text for queues to queues, and the default where there is none', () => {
    const message = { default: 'for all', email: 'for people' };
    const Message = JSON.stringify(message);
    expect(resolved({ Action: 'Publish', Message, MessageStructure: 'json', Subject: 'é 🎉 +' })).toEqual({
      Action: 'Publish',
      Message: 'for all',
      Subject: 'é 🎉 +',
    });
    const withQueues = JSON.stringify({ ...message, sqs: 'for queues' });
    expect(resolved({ Message: withQueues, MessageStructure: 'json' })).toEqual({ Message: 'for queues' });
  });

  it('is resolved in each entry of a batch that asks for it', () => {
    const entry = 'PublishBatchRequestEntries.member.';
    const fields = {
      [`${entry}1.Message`]: '{"default":"one"}',
      [`${entry}1.MessageStructure`]: 'json',
      [`${entry}2.Message`]: '{"default":"two"}',
    };
    expect(resolved(fields)).toEqual({ [`${entry}1.Message`]: 'one', [`${entry}2.Message`]: '{"default":"two"}' });
  });

  it('is refused when it is not JSON, or says nothing by default', () => {
    for (const Message of ['{', '"text"', '{}', '{"default":1}']) {
      expect(() => resolveMessageStructure(form({ Message, MessageStructure: 'json' }))).toThrow(RequestError);
    }
  });

  it('leaves every other message byte for byte', () => {
    const body = 'Action=Publish&Message=%7B%22default%22%3A1%7D&x=a+b%20c';
    expect(resolveMessageStructure(body)).toBe(body);
  });
});
