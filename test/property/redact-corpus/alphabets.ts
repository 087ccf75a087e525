import fc from 'fast-check';

/** Letters of an alphabet, so many. */
export const word = (alphabet: string, min: number, max = min): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: min, maxLength: max });
export const upper: string = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
export const lower: string = 'abcdefghijklmnopqrstuvwxyz';
export const digits: string = '0123456789';
export const alnum: string = upper + lower + digits;
export const hex: string = '0123456789abcdef';
export const base64url: string = `${alnum}-_`;
/** What has a fixed beginning. */
export const after = (prefix: string, rest: fc.Arbitrary<string>): fc.Arbitrary<string> => rest.map((text) => prefix + text);
