import { createInputReader } from '../endpoint/json-input.ts';
import { ServiceError } from '../endpoint/json-service.ts';

/** Reads inputs, and complains as Step Functions does. */
export const fields = createInputReader((message) => new ServiceError('ValidationException', message));

export const machineNotFound = (arn: string): ServiceError =>
  new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);

export const executionNotFound = (arn: string): ServiceError =>
  new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
