/** What OpenTelemetry's variables say of traces, as far as this program decides it. The SDK reads the rest itself. */
export interface TracingSettings {
  readonly enabled: boolean;
  /** What is wrong, one line each; it repeats no value. */
  readonly problems: readonly string[];
}

const SAMPLERS = ['always_on', 'always_off', 'traceidratio'].flatMap((name) => [
  name,
  `parentbased_${name}`,
]);

const OFF: TracingSettings = { enabled: false, problems: [] };

/**
 * Reads whether traces are to be exported
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). One thing differs from there: with
 * none of the variables set nothing is exported, rather than to a collector that may not exist on this machine.
 *
 * @param env the environment; an empty variable counts as not set
 */
export function parseTracing(env: Readonly<Record<string, string | undefined>>): TracingSettings {
  const value = (name: string) => (env[name] === '' ? undefined : env[name]);
  if (value('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return OFF;
  const endpoints = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
  const given = endpoints.filter((name) => value(name) !== undefined);
  const exporter = value('OTEL_TRACES_EXPORTER') ?? (given.length > 0 ? 'otlp' : 'none');
  if (exporter === 'none') return OFF;
  const problems = given.flatMap((name) =>
    /^https?:$/.test(URL.parse(value(name) ?? '')?.protocol ?? '')
      ? []
      : [`${name} must be a URL that begins with http:// or https://`],
  );
  if (exporter !== 'otlp') problems.push('OTEL_TRACES_EXPORTER must be one of otlp, none');
  for (const name of ['OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL']) {
    if ((value(name) ?? 'http/protobuf') !== 'http/protobuf') {
      problems.push(`${name} must be http/protobuf`);
    }
  }
  return { enabled: true, problems: [...problems, ...samplerProblems(value)] };
}

/** The SDK would go on with a sampler of its own choice. */
function samplerProblems(value: (name: string) => string | undefined): string[] {
  const sampler = value('OTEL_TRACES_SAMPLER');
  if (sampler === undefined) return [];
  if (!SAMPLERS.includes(sampler)) {
    return [`OTEL_TRACES_SAMPLER must be one of ${SAMPLERS.join(', ')}`];
  }
  const share = Number(value('OTEL_TRACES_SAMPLER_ARG') ?? NaN);
  const isShare = share >= 0 && share <= 1;
  return sampler.endsWith('ratio') && !isShare
    ? ['OTEL_TRACES_SAMPLER_ARG must be between 0 and 1']
    : [];
}
