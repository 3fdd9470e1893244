import { contentTypeOf } from '../../../lib/actions/content-type.ts';

const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex');

describe('the bytes themselves', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 'application/x-empty'],
    ['a PNG', png, 'image/png'],
    ['a PDF', Buffer.from('%PDF-1.7\n'), 'application/pdf'],
    ['a ZIP', Buffer.from('504b0506000000000000000000000000000000000000', 'hex'), 'application/zip'],
    ['text', Buffer.from('hello, 日本\n'), 'text/plain'],
    ['text cut inside a character', Buffer.from('日本').subarray(0, 5), 'text/plain'],
    ['JSON', Buffer.from(' {"a": 1}\n'), 'application/json'],
    ['what only begins like JSON', Buffer.from('[not JSON'), 'text/plain'],
    ['control characters', Buffer.from([1, 2, 3, 4]), 'application/octet-stream'],
    ['no UTF-8', Buffer.from([0x61, 0xff, 0x61]), 'application/octet-stream'],
  ])('tell %s', async (_title, bytes, type) => {
    expect(await contentTypeOf(bytes)).toBe(type);
  });
});
