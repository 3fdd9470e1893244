import { createInputReader } from '../endpoint/json-input.ts';
import { ServiceError } from '../endpoint/json-service.ts';

/** A parameter is not what CloudWatch Logs takes. */
export const invalidParameter = (message: string): ServiceError =>
  new ServiceError('InvalidParameterException', message);

export const groupNotFound = (): ServiceError =>
  new ServiceError('ResourceNotFoundException', 'The specified log group does not exist.');

export const streamNotFound = (): ServiceError =>
  new ServiceError('ResourceNotFoundException', 'The specified log stream does not exist.');

export const taskNotFound = (): ServiceError =>
  new ServiceError('ResourceNotFoundException', 'The specified export task does not exist.');

/** Reads inputs, and complains as CloudWatch Logs does. */
export const fields = createInputReader(invalidParameter);
