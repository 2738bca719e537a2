import { describe, expect, test } from '@jest/globals';
import { traceContext } from '../../src/telemetry/trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('the trace of a request', () => {
  test.each([
    ['version 00', `00-${TRACE}-${SPAN}-01`],
    ['flags that are not known', `00-${TRACE}-${SPAN}-ff`],
    ['a later version', `01-${TRACE}-${SPAN}-00`],
    ['a later version that brings more', `cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`],
  ])('is continued from %s', (_what, field) => {
    expect(traceContext(field)).toEqual({ traceId: TRACE, parentSpanId: SPAN });
  });

  test.each([
    ['nothing', undefined],
    ['an empty field', ''],
    ['the forbidden version', `ff-${TRACE}-${SPAN}-01`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a short trace id', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['a long span id', `00-${TRACE}-${SPAN}0-01`],
    ['short flags', `00-${TRACE}-${SPAN}-1`],
    ['flags that are not hexadecimal', `00-${TRACE}-${SPAN}-0x`],
    ['more than version 00 has', `00-${TRACE}-${SPAN}-01-more`],
    ['a later version without the dash', `01-${TRACE}-${SPAN}-01more`],
    ['two fields', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
    ['two fields of a later version', `01-${TRACE}-${SPAN}-01, 01-${TRACE}-${SPAN}-01`],
    ['a line break', `00-${TRACE}-${SPAN}-01\n`],
    ['no version', `${TRACE}-${SPAN}-01`],
  ])('is new after %s', (_what, field) => {
    const { traceId, parentSpanId } = traceContext(field);
    expect(traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(traceId).not.toBe(TRACE);
    expect(parentSpanId).toBeUndefined();
  });

  test('is another one each time it is new', () => {
    const ids = Array.from({ length: 100 }, () => traceContext(undefined).traceId);
    expect(new Set(ids).size).toBe(100);
  });
});
