import { fieldsOf, type Fields } from '../endpoint/json-input.ts';
import type { Complaint } from './request-error.ts';

/** What AWS refuses of a message and fauxqs takes. */

const mostAttributes = 10;
const longestDelaySeconds = 900;

const type = /^(?:String|Number|Binary)(?:\.|$)/;
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

const wordsOnAttribute = (name: string, { DataType, StringValue, BinaryValue }: Fields): string | undefined => {
  if (typeof DataType !== 'string' || DataType === '') {
    return `The message attribute '${name}' must contain non-empty message attribute type.`;
  }
  if (!type.test(DataType)) {
    return `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`;
  }
  const value = DataType.startsWith('Binary') ? BinaryValue : StringValue;
  if (typeof value !== 'string' || value === '') {
    return `Message (user) attribute '${name}' must contain a non-empty value of type '${DataType}'.`;
  }
  if (DataType.startsWith('Number') && !number.test(value)) {
    return `Can't cast the value of message (user) attribute '${name}' to a number.`;
  }
  return undefined;
};

const wordsOnAttributes = (attributes: Fields): string | undefined => {
  const entries = Object.entries(attributes);
  if (entries.length > mostAttributes) {
    return `Number of message attributes [${entries.length}] exceeds the allowed maximum [${mostAttributes}].`;
  }
  return entries
    .map(([name, attribute]) => wordsOnAttribute(name, fieldsOf(attribute)))
    .find((words) => words !== undefined);
};

const wordsOnDelay = (seconds: unknown): string | undefined =>
  Number.isInteger(seconds) && (seconds as number) >= 0 && (seconds as number) <= longestDelaySeconds
    ? undefined
    : `Value ${String(seconds)} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= ${longestDelaySeconds}.`;

/** Why SQS refuses a message, as `SendMessage` or an entry of a batch has it; undefined for one that it takes. */
export const complaintOf = (message: Fields): Complaint | undefined => {
  if ((message['MessageBody'] ?? '') === '') {
    return { code: 'MissingParameter', message: 'The request must contain the parameter MessageBody.' };
  }
  const words = wordsOnDelay(message['DelaySeconds'] ?? 0) ?? wordsOnAttributes(fieldsOf(message['MessageAttributes']));
  return words === undefined ? undefined : { code: 'InvalidParameterValue', message: words };
};
