/** Numbers of payment cards: ranges of schemes, groups, check digit. */
/** Card schemes by their ranges and lengths, those that are in use: longer numbers of other ranges are ids and times. */
const cardSchemes: readonly RegExp[] = [
  /^4(?:\d{12}|\d{15})$/,
  /^(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}$/,
  /^3[47]\d{13}$/,
  /^3(?:0[0-5]|[689]\d)\d{11}$/,
  /^(?:6011|64[4-9]\d|65\d{2})\d{12}$/,
  /^35(?:2[89]|[3-8]\d)\d{12}$/,
  /^62\d{14,17}$/,
  /^220[0-4]\d{12}$/,
  /^(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}$/,
];

/** Digits in groups as on a card: of whatever scheme, it is one. */
const isGrouped = /^\d{4}([ -])(?:(?:\d{4}\1){2}\d{1,4}(?:\1\d{1,3})?|\d{6}\1\d{4,5})$/;

/** A number, grouped as on a card or of a card scheme's range and length whose check digit is right. @see ISO/IEC 7812-1 */
export function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  if (!(isGrouped.test(text) || cardSchemes.some((scheme) => scheme.test(digits))) || /^(\d)\1+$/.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    sum += index % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}
