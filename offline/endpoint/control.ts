import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendJson } from './answers.ts';
import { readBody } from './read-body.ts';
import type { RequestLog } from './request-log.ts';

/** What the control routes show and change, once the local cloud is up. */
export type Control = Readonly<{
  status: () => unknown;
  showFaults: () => unknown;
  /** Throws with a message for the caller when a fault is not one, or out of its range. */
  changeFaults: (change: unknown) => unknown;
  /** Throws with a message for the caller when the change is none. */
  changeSchedules: (change: unknown) => unknown;
  showExports: () => unknown;
  /** Throws with a message for the caller when the change is none. */
  changeExports: (change: unknown) => unknown;
}>;

/** What the control routes always know. */
export type Controlled = Readonly<{ stage: string; requestLog: RequestLog; control: Control | undefined }>;

/** The path under which the local cloud speaks of itself. No bucket can be named so. */
export const controlPath = '/_everyfile/';

/** Writes the entries piece by piece: half a million of them do not fit one string comfortably. */
const sendRequests = (response: ServerResponse, log: RequestLog, since: number): void => {
  const { entries, next, dropped } = log.read(since);
  response.setHeader('Content-Type', 'application/json');
  response.write(`{"next":${next},"dropped":${dropped},"entries":[`);
  for (let start = 0; start < entries.length; start += 1000) {
    const piece = entries.slice(start, start + 1000).map((entry) => JSON.stringify(entry));
    response.write(`${start === 0 ? '' : ','}${piece.join(',')}`);
  }
  response.end(']}');
};

const applyChange = async (
  request: IncomingMessage,
  response: ServerResponse,
  apply: (change: unknown) => unknown,
): Promise<void> => {
  const body = (await readBody(request, 65_536)).toString();
  try {
    sendJson(response, 200, apply(JSON.parse(body)));
  } catch (error) {
    sendJson(response, 400, { message: Error.isError(error) ? error.message : String(error) });
  }
};

/** Answers `/_everyfile/health`, `/requests`, `/status`, `/faults`, `/schedules` and `/exports`. */
export const handleControl = async (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  { stage, requestLog, control }: Controlled,
): Promise<void> => {
  const route = `${request.method ?? ''} ${url.pathname.slice(controlPath.length)}`;
  if (route === 'GET health') {
    sendJson(response, control ? 200 : 503, { ready: control !== undefined, stage, pid: process.pid });
    return;
  }
  if (!control) {
    sendJson(response, 503, { message: 'The local cloud is starting.' });
    return;
  }
  switch (route) {
    case 'GET requests': {
      const since = Number(url.searchParams.get('since') ?? 0);
      if (!Number.isInteger(since) || since < 0) {
        sendJson(response, 400, { message: 'since is the number of an entry, 0 or more.' });
        return;
      }
      sendRequests(response, requestLog, since);
      return;
    }
    case 'GET status': {
      sendJson(response, 200, control.status());
      return;
    }
    case 'GET faults': {
      sendJson(response, 200, control.showFaults());
      return;
    }
    case 'POST faults':
      return applyChange(request, response, control.changeFaults);
    case 'POST schedules':
      return applyChange(request, response, control.changeSchedules);
    case 'GET exports': {
      sendJson(response, 200, control.showExports());
      return;
    }
    case 'POST exports':
      return applyChange(request, response, control.changeExports);
    default: {
      sendJson(response, 404, {
        message: `There is no ${route}; there are GET health, GET requests?since=, GET status, GET and POST faults, POST schedules, GET and POST exports.`,
      });
      return;
    }
  }
};
