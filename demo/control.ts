import type { FunctionStatus, RequestLogEntry } from '../offline/contracts.ts';

/** What `GET /_everyfile/health` says. */
export type Health = Readonly<{ ready: boolean; pid: number }>;

/** What `GET /_everyfile/status` says. */
export type Status = Readonly<{
  notifications: Readonly<{ put: number; delivered: number; lost: number; doubled: number; pending: number }>;
  functions: Readonly<Record<string, FunctionStatus>>;
}>;

/** The requests that reached the endpoint, and how many of them the log no longer holds. */
export type Requests = Readonly<{ entries: readonly RequestLogEntry[]; dropped: number; next: number }>;

const limitMs = 30_000;

const read = async <T>(endpoint: string, route: string): Promise<T> => {
  const response = await fetch(`${endpoint}/_everyfile/${route}`, { signal: AbortSignal.timeout(limitMs) });
  if (!response.ok && response.status !== 503) throw new Error(`GET ${route} answered ${response.status}`);
  return (await response.json()) as T;
};

/** Undefined while nothing answers. */
export const readHealth = async (endpoint: string): Promise<Health | undefined> => {
  try {
    return await read<Health>(endpoint, 'health');
  } catch {
    return undefined;
  }
};

export const readStatus = (endpoint: string): Promise<Status> => read<Status>(endpoint, 'status');

/** Every request since the one with the number `since`. */
export const readRequests = (endpoint: string, since = 0): Promise<Requests> =>
  read<Requests>(endpoint, `requests?since=${since}`);

/** Holds the schedules of the sweeper and the relay, or lets them go. What runs already, runs on. */
export const pauseSchedules = async (endpoint: string, paused: boolean): Promise<void> => {
  const { status } = await fetch(`${endpoint}/_everyfile/schedules`, {
    method: 'POST',
    body: JSON.stringify({ paused }),
    signal: AbortSignal.timeout(limitMs),
  });
  if (status !== 200) throw new Error(`POST schedules answered ${status}`);
};
