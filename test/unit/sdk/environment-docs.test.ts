import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configurationPage } from '../../../scripts/config-table.ts';

test('docs/configuration.md is what `node scripts/config-table.ts` writes', () => {
  expect(readFileSync('docs/configuration.md', 'utf8')).toBe(configurationPage());
});
