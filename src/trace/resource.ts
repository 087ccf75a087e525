/** Who makes the spans, in the words of Datadog's unified service tagging and OpenTelemetry's resource. */
export interface Resource {
  /** `service.name`. */
  readonly service: string;
  /** `deployment.environment`, empty where not given. */
  readonly env: string;
  /** `service.version`, empty where not given. */
  readonly version: string;
  /** Tags of every span. */
  readonly tags: Readonly<Record<string, string>>;
}
