/** Version of this package; a test holds it equal to the manifest's. */
export const tracerVersion = '0.1.0';
