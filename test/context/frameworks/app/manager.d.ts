declare module '#manager' {
  /** Registers the variant's context manager; returns its `attach`, if it has one. */
  export function setUp(): ((context: unknown) => { dispose(): void }) | undefined;
}
