/** A schedule that EventBridge would refuse, or that the local cloud does not have. The message names it. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}
