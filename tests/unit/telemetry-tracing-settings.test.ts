import { describe, expect, test } from '@jest/globals';
import { parseTracing } from '../../src/telemetry/tracing-settings.ts';

const COLLECTOR = 'http://127.0.0.1:4318';

describe('traces', () => {
  test.each([
    ['nothing is set', {}],
    [
      'the exporter is none',
      { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR },
    ],
    ['the SDK is disabled', { OTEL_SDK_DISABLED: 'TRUE', OTEL_TRACES_EXPORTER: 'otlp' }],
    ['the endpoint is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    ['only the sampler is set', { OTEL_TRACES_SAMPLER: 'always_on' }],
  ])('are off when %s', (_when, env) => {
    expect(parseTracing(env)).toEqual({ enabled: false, problems: [] });
  });

  test.each([
    ['an endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR }],
    ['an endpoint for traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${COLLECTOR}/v1/traces` }],
    ['the exporter', { OTEL_TRACES_EXPORTER: 'otlp' }],
    [
      'a sampler beside the exporter',
      {
        OTEL_TRACES_EXPORTER: 'otlp',
        OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.1',
      },
    ],
  ])('are on with %s', (_what, env) => {
    expect(parseTracing(env)).toEqual({ enabled: true, problems: [] });
  });

  test.each([
    ['OTEL_TRACES_EXPORTER', 'zipkin'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', '/v1/traces'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'http/json'],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote'],
  ])('stop the start with a %s of %s, which is not supported', (name, value) => {
    const { problems } = parseTracing({ OTEL_TRACES_EXPORTER: 'otlp', [name]: value });
    expect(problems).toEqual([expect.stringContaining(name)]);
    expect(problems.join()).not.toContain(`"${value}"`);
  });

  test.each([undefined, '', '1.5', '-1', 'half'])(
    'stop the start when they are to be sampled by a share of %s',
    (share) => {
      const env = { OTEL_TRACES_EXPORTER: 'otlp', OTEL_TRACES_SAMPLER: 'traceidratio' };
      const { problems } = parseTracing({ ...env, OTEL_TRACES_SAMPLER_ARG: share });
      expect(problems).toEqual(['OTEL_TRACES_SAMPLER_ARG must be between 0 and 1']);
    },
  );
});
