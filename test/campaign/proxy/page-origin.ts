/** The page that the envelopes come from. */
export const pageOrigin = 'https://shop.example';
