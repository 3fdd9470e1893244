import { noticesOfFiles } from '../../../demo/collect-facts.ts';

const received = (notice: unknown) => ({
  Body: JSON.stringify({ Type: 'Notification', Message: JSON.stringify(notice) }),
});

test('a notice of a file is kept, as SNS wraps it', () => {
  const notice = { id: '1', kind: 'processed', fileId: 's3://inbox/incoming/a#e-1' };
  expect(noticesOfFiles(received({ ...notice, subject: 'a' }))).toEqual([notice]);
});

test('a notice of a month is none of the audit’s', () => {
  expect(noticesOfFiles(received({ id: '1', kind: 'logs-exported', month: '2026-10' }))).toEqual([]);
});
