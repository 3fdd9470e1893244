import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Notifier } from '../ports/notifier.ts';
import { callAws } from './aws-errors.ts';

/**
 * Notices over SNS: a text for people (e-mail, SMS), JSON for systems (SQS, Lambda, HTTP). The notice's id goes along
 * as a message attribute, so that a subscriber can tell a repetition without reading the body.
 */
export const createSnsNotifier = (client: SNSClient, { topicArn }: { topicArn: string }): Notifier => ({
  async send({ id, kind, subject, text, data }) {
    const forSystems = JSON.stringify({ id, kind, subject, text, ...data });
    await callAws(`Publish of notice ${id} to ${topicArn}`, () =>
      client.send(
        new PublishCommand({
          TopicArn: topicArn,
          Subject: subject,
          MessageStructure: 'json',
          Message: JSON.stringify({ default: forSystems, email: text, sms: text.slice(0, 1_000) }),
          MessageAttributes: {
            noticeId: { DataType: 'String', StringValue: id },
            kind: { DataType: 'String', StringValue: kind },
          },
        }),
      ),
    );
  },
});
